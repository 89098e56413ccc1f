// What a command of a worker waits for before it starts: its turn among those of the whole process (max_commands), and room on
// the file system of the base directory. Loaded only if it is used. Knows no protocol.
import { statfs } from "node:fs/promises";
import type { Clock } from "../base/clock.ts";
import { systemPath } from "../base/encoding/system-text.ts";
import { delay } from "../base/waiting.ts";
import {
  type CommandDefinition,
  commandsErrors,
  failureOfError,
  type StartedCommand,
  withinLimit,
} from "../commands/index.ts";
import { workerErrors } from "./errors.ts";

/** The options of these names, in bytes and inodes; 0 is no limit. */
export type AdmissionLimits = Readonly<
  Record<"max_commands" | "disk_warn" | "disk_limit" | "inode_warn" | "inode_limit", number>
>;

export interface AdmissionOptions {
  readonly baseDirectory: string;
  readonly clock: Clock;
  readonly log: (text: string) => void;
}

/** The free room on the file system of the base directory, when a command was last started. */
export interface DiskReport {
  /** `low`: below a limit that warns; `full`: below one that holds back commands. */
  readonly state: "ok" | "low" | "full";
  readonly free_bytes: number;
  /** Null where they are not counted. */
  readonly free_inodes: number | null;
}

interface WaitingCommand extends StartedCommand {
  /** Undefined once it has started. */
  readonly waitingFor: () => string | undefined;
}

/** How long a command waits for room before it is refused: at once, a whole queue of builds would fail within seconds. */
const ROOM_LIMIT_MS = 60_000;
const ROOM_LIMIT_SECONDS = ROOM_LIMIT_MS / 1000;
const ROOM_POLL_MS = 1000;
/** The rc of a command that was interrupted before it began. */
const INTERRUPTED_RC = -1;

/** For all workers of this process. */
export function openAdmission(limits: AdmissionLimits): (options: AdmissionOptions) => CommandAdmission {
  const turns = new Turns(limits.max_commands);
  return (options) => new CommandAdmission(limits, turns, options);
}

/** First come, first served. */
class Turns {
  readonly limit: number;
  #taken = 0;
  readonly #queue = new Set<() => void>();

  /** 0: no limit. */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** Calls `onWait` if it has to wait. Rejects with the reason of `signal`. */
  async take(signal: AbortSignal, onWait: () => void): Promise<void> {
    if (this.limit === 0 || this.#taken < this.limit) {
      this.#taken += 1;
      return;
    }
    onWait();
    let next = () => {};
    await new Promise<void>((resolve) => {
      next = resolve;
      this.#queue.add(next);
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    // A turn that was given at the same moment is given back by the caller.
    if (this.#queue.delete(next)) signal.throwIfAborted();
  }

  /** The next one takes it over. */
  give(): void {
    const [next] = this.#queue;
    if (next === undefined) this.#taken -= 1;
    else {
      this.#queue.delete(next);
      next();
    }
  }
}

export class CommandAdmission {
  readonly #limits: AdmissionLimits;
  readonly #turns: Turns;
  readonly #options: AdmissionOptions;
  #disk: DiskReport | null = null;

  constructor(limits: AdmissionLimits, turns: Turns, options: AdmissionOptions) {
    this.#limits = limits;
    this.#turns = turns;
    this.#options = options;
    void this.#look().catch(() => {}); // the first command reports it
  }

  disk(): DiskReport | null {
    return this.#disk;
  }

  /** In place of the definition's own, whose errors are reported to the master. */
  start(definition: CommandDefinition, ...[args, context]: Parameters<CommandDefinition["start"]>): WaitingCommand {
    // What masters expect to end at once does not wait: over MessagePack they attach with it.
    if (definition.runsBeside === true) return { ...definition.start(args, context), waitingFor: () => undefined };
    const interruption = new AbortController();
    const { signal } = interruption;
    let started: StartedCommand | undefined;
    let waitingFor: string | undefined;
    const onWait = (what: string) => {
      waitingFor = what;
      const text = Buffer.from(`buildhand: waiting for ${what}\n`);
      void context.peer.update([{ key: "header", text }]);
    };
    const run = async () => {
      await this.#turns.take(signal, () => onWait(this.#turnText()));
      try {
        if (writes(definition)) await this.#awaitRoom(signal, onWait);
        signal.throwIfAborted();
        waitingFor = undefined;
        started = definition.start(args, context);
        await started.done;
      } finally {
        this.#turns.give();
      }
    };
    const done = run().catch((error: unknown) => {
      if (started !== undefined || !(error instanceof Error) || !(error === signal.reason || "code" in error))
        throw error;
      waitingFor = undefined;
      if (error !== signal.reason) return context.peer.complete(failureOfError(error));
      const text = Buffer.from("command interrupted\n");
      void context.peer.update([
        { key: "header", text },
        { key: "rc", rc: INTERRUPTED_RC },
      ]);
      context.peer.complete();
    });
    const interrupt: StartedCommand["interrupt"] = (manner) => {
      interruption.abort();
      started?.interrupt(manner);
    };
    return { done, interrupt, waitingFor: () => waitingFor };
  }

  #turnText(): string {
    const { limit } = this.#turns;
    return `${limit === 1 ? "the running command" : `one of the ${limit} running commands`} to end (max_commands)`;
  }

  /**
   * Rejects with ERR_NO_ROOM after ROOM_LIMIT_MS, with ERR_FILE_SYSTEM_SILENT if the file system does not respond as long, and
   * with the reason of `signal`.
   */
  async #awaitRoom(signal: AbortSignal, onWait: (what: string) => void): Promise<void> {
    const { clock, baseDirectory } = this.#options;
    const timeoutError = () => commandsErrors.fileSystemSilent(baseDirectory, ROOM_LIMIT_SECONDS);
    const endMs = clock.nowMs() + ROOM_LIMIT_MS;
    for (let isFirst = true; ; isFirst = false) {
      const lack = await withinLimit(this.#look(), { signal, clock, limitMs: ROOM_LIMIT_MS, timeoutError });
      if (lack === undefined) return;
      if (isFirst) onWait(`up to ${ROOM_LIMIT_SECONDS} s for room: ${lack}`);
      if (clock.nowMs() >= endMs) throw workerErrors.noRoom(ROOM_LIMIT_SECONDS, lack);
      await delay(clock, ROOM_POLL_MS, signal);
      signal.throwIfAborted();
    }
  }

  /** Resolves to what is lacking; logs each change. */
  async #look(): Promise<string | undefined> {
    const { disk_warn, disk_limit, inode_warn, inode_limit } = this.#limits;
    if ([disk_warn, disk_limit, inode_warn, inode_limit].every((limit) => limit === 0)) return undefined;
    const { baseDirectory, log } = this.#options;
    const { bsize, bfree, bavail, files, ffree } = await statfs(systemPath(baseDirectory));
    const freeBytes = bsize * (process.geteuid?.() === 0 ? bfree : bavail);
    // Some file systems count no inodes.
    const freeInodes = files === 0 ? null : ffree;
    const lackText = (leastBytes: number, leastInodes: number) => {
      const isBytes = freeBytes < leastBytes;
      if (!isBytes && (freeInodes ?? leastInodes) >= leastInodes) return undefined;
      const [free, unit, least] = isBytes ? [freeBytes, "bytes", leastBytes] : [freeInodes, "inodes", leastInodes];
      return `the file system of ${baseDirectory} has ${free} ${unit} free, less than the limit of ${least}`;
    };
    const lack = lackText(disk_limit, inode_limit);
    const warning = lack ?? lackText(disk_warn, inode_warn);
    const state = lack === undefined ? (warning === undefined ? "ok" : "low") : "full";
    if (state !== (this.#disk?.state ?? "ok")) {
      log(state === "ok" ? `there is room again in ${baseDirectory}` : `${warning}${state === "full" ? EFFECT : ""}`);
    }
    this.#disk = { state, free_bytes: freeBytes, free_inodes: freeInodes };
    return lack;
  }
}

const EFFECT = `; new commands wait up to ${ROOM_LIMIT_SECONDS} s for room and are then refused`;

/** Uploads and removals need no room. */
function writes({ name }: CommandDefinition): boolean {
  return name !== "rmdir" && !name.startsWith("upload");
}
