// What a command of a worker waits for before it starts: its turn among those of the whole process (max_commands), and room on
// the file system of the base directory. Loaded only if it is used. Knows no protocol.
import { statfs } from "node:fs/promises";
import type { Clock } from "../base/clock.ts";
import { systemPath } from "../base/encoding/system-text.ts";
import { type CommandDefinition, failureOfError, type StartedCommand } from "../commands/index.ts";
import type {
  AdmissionLimits,
  AdmissionOptions,
  CommandAdmission,
  DiskReport,
  RoomLimits,
  WaitingCommand,
} from "./admission.ts";
import { workerErrors } from "./errors.ts";

/** How long a command waits for room before it is refused: at once, a whole queue of builds would fail within seconds. */
const ROOM_LIMIT_MS = 60_000;
const ROOM_POLL_MS = 1000;
/** The rc of a command that was interrupted before it began. */
const INTERRUPTED_RC = -1;

/** For all workers of this process. */
export function openAdmission(limits: AdmissionLimits): (options: AdmissionOptions) => CommandAdmission {
  const turns = new Turns(limits.maxCommands);
  return (options) => new WorkerAdmission(limits, turns, options);
}

/** First come, first served. */
class Turns {
  readonly limit: number;
  #taken = 0;
  readonly #queue: (() => void)[] = [];

  /** 0: no limit. */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** Calls `onWait` if it has to wait. Rejects with the reason of `signal`. */
  take(signal: AbortSignal, onWait: () => void): Promise<void> | undefined {
    if (this.limit === 0 || this.#taken < this.limit) {
      this.#taken += 1;
      return undefined;
    }
    onWait();
    return new Promise((resolve, reject) => {
      const next = () => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        this.#queue.splice(this.#queue.indexOf(next), 1);
        reject(signal.reason as Error);
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#queue.push(next);
    });
  }

  /** The next one takes it over. */
  give(): void {
    const next = this.#queue.shift();
    if (next === undefined) this.#taken -= 1;
    else next();
  }
}

class WorkerAdmission implements CommandAdmission {
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

  start(definition: CommandDefinition, ...[args, context]: Parameters<CommandDefinition["start"]>): WaitingCommand {
    // What masters expect to end at once does not wait: over MessagePack they attach with it.
    if (definition.runsBeside === true) return { ...definition.start(args, context), waitingFor: () => undefined };
    const { signal, abort } = abortable();
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
      abort();
      started?.interrupt(manner);
    };
    return { done, interrupt, waitingFor: () => waitingFor };
  }

  #turnText(): string {
    const { limit } = this.#turns;
    return `${limit === 1 ? "the running command" : `one of the ${limit} running commands`} to end (max_commands)`;
  }

  /** Rejects with ERR_NO_ROOM after ROOM_LIMIT_MS, and with the reason of `signal`. */
  async #awaitRoom(signal: AbortSignal, onWait: (what: string) => void): Promise<void> {
    const { clock } = this.#options;
    const endMs = clock.nowMs() + ROOM_LIMIT_MS;
    for (let isFirst = true; ; isFirst = false) {
      const lack = await this.#look();
      if (lack === undefined) return;
      if (isFirst) onWait(`up to ${ROOM_LIMIT_MS / 1000} s for room: ${lack}`);
      if (clock.nowMs() >= endMs) throw workerErrors.noRoom(ROOM_LIMIT_MS / 1000, lack);
      await paused(clock, signal);
    }
  }

  /** Resolves to what is lacking; logs each change. */
  async #look(): Promise<string | undefined> {
    const { warn, least } = this.#limits;
    if ([warn.bytes, warn.inodes, least.bytes, least.inodes].every((limit) => limit === 0)) return undefined;
    const { baseDirectory, log } = this.#options;
    const { bsize, bfree, bavail, files, ffree } = await statfs(systemPath(baseDirectory));
    const room = {
      bytes: bsize * (process.geteuid?.() === 0 ? bfree : bavail),
      // Some file systems count no inodes.
      inodes: files === 0 ? Number.MAX_SAFE_INTEGER : ffree,
    };
    const lack = lackText(room, least, baseDirectory);
    const warning = lack ?? lackText(room, warn, baseDirectory);
    const state = lack === undefined ? (warning === undefined ? "ok" : "low") : "full";
    if (state !== (this.#disk?.state ?? "ok")) {
      log(state === "ok" ? `there is room again in ${baseDirectory}` : `${warning}${state === "full" ? EFFECT : ""}`);
    }
    this.#disk = { state, free_bytes: room.bytes, free_inodes: files === 0 ? null : ffree };
    return lack;
  }
}

const EFFECT = `; new commands wait up to ${ROOM_LIMIT_MS / 1000} s for room and are then refused`;

function lackText(room: RoomLimits, limit: RoomLimits, directory: string): string | undefined {
  const unit = room.bytes < limit.bytes ? "bytes" : room.inodes < limit.inodes ? "inodes" : undefined;
  return (
    unit && `the file system of ${directory} has ${room[unit]} ${unit} free, less than the limit of ${limit[unit]}`
  );
}

/** Uploads and removals need no room. */
function writes({ name }: CommandDefinition): boolean {
  return name !== "rmdir" && !name.startsWith("upload");
}

function abortable() {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

function paused(clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(ROOM_POLL_MS, () => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    });
    const onAbort = () => {
      timer.cancel();
      reject(signal.reason as Error);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}
