// One command on a worker, whichever protocol is used: its updates, processed one at a time and in order, its file, and
// its end.
import { setImmediate } from "node:timers/promises";
import { clip } from "../../base/clip.ts";
import type { Clock, Timer } from "../../base/clock.ts";
import { type CommandUpdate, UPDATE_OVERHEAD_BYTES } from "../../base/command-update.ts";
import { errorText } from "../../base/errors.ts";
import type { CommandEnd, CommandRequest, RemoteCommand } from "../worker-link.ts";
import type { ReceiveWindow } from "./receive-window.ts";
import { DownloadEnd, UploadEnd } from "./transfer-ends.ts";
import { UpdateText } from "./update-text.ts";
import { itemsOf, readUpdate } from "./updates.ts";

/**
 * How long a worker may take to end a command that has failed on the master, for example because an upload cannot be
 * stored. Over PB, Buildbot's workers never complete it.
 */
const FAILED_GRACE_MS = 10_000;

/** A message may have 100 000 updates, so yield to other work in between. */
const UPDATES_PER_TURN = 500;

export interface WorkerCommandOptions {
  readonly id: string;
  readonly request: CommandRequest;
  readonly receiveWindow: ReceiveWindow;
  readonly clock: Clock;
  /** Asks the worker to end it. */
  readonly interrupt: (why: string) => void;
  /** The command is over and can be forgotten. */
  readonly onOver: () => void;
}

export class WorkerCommand implements RemoteCommand {
  readonly id: string;
  readonly ended: Promise<CommandEnd>;
  readonly upload: UploadEnd | undefined;
  readonly download: DownloadEnd | undefined;
  readonly request: CommandRequest;
  readonly #options: WorkerCommandOptions;
  readonly #text = new UpdateText();
  #settle: (end: CommandEnd) => void = () => {};
  /** Resolves when all updates so far have been processed. */
  #processed: Promise<void> = Promise.resolve();
  #rc: number | undefined;
  /** The first error on the master. */
  #failure: string | undefined;
  /** Set even if the worker had reported the end before. */
  #lostReason: string | undefined;
  #grace: Timer | undefined;
  #isInterrupted = false;
  #isOver = false;

  constructor(options: WorkerCommandOptions) {
    const { upload, download } = options.request;
    this.#options = options;
    this.id = options.id;
    this.request = options.request;
    this.upload = upload && new UploadEnd(upload);
    this.download = download && new DownloadEnd(download);
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Further messages for it are ignored. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * Resolves when all updates are processed. Rejects with ERR_BAD_ARGUMENTS at the first one of the wrong type; the
   * earlier ones are processed.
   */
  update(pairs: readonly (readonly [string, unknown])[]): Promise<void> {
    const bytes = pairs.reduce((sum, [, value]) => sum + sizeOf(value), 0);
    return this.#inOrder(bytes, async () => {
      for (const [at, [key, value]] of pairs.entries()) {
        if ((at + 1) % UPDATES_PER_TURN === 0) await setImmediate();
        const update = readUpdate(key, value, this.#text);
        if (update?.key === "rc") this.#rc = update.rc;
        if (update !== undefined) await this.#take(update);
      }
    });
  }

  /** Stores a block of its upload. */
  async write(block: unknown): Promise<void> {
    const bytes = block instanceof Uint8Array ? block.length : 0;
    await this.#transfer(bytes, async () => this.upload?.write(block));
  }

  /** The next bytes of its download; empty at the end. */
  async read(lengthBytes: unknown): Promise<Uint8Array> {
    return (await this.#transfer(0, async () => this.download?.read(lengthBytes))) ?? Buffer.of();
  }

  /** A call on its file: counted while it waits; if it fails, so does the command. */
  async #transfer<Result>(bytes: number, act: () => Promise<Result>): Promise<Result> {
    const give = this.#options.receiveWindow.take(bytes);
    try {
      return await act();
    } catch (error) {
      this.#fail(errorText(error));
      throw error;
    } finally {
      give();
    }
  }

  /** The worker reports the end; `failure` is its text. */
  complete(failure?: string): void {
    const reason = failure === undefined ? undefined : clip(failure);
    this.#end(() => (reason === undefined ? { type: "completed", rc: this.#rc } : { type: "failed", reason }));
  }

  /** The worker did not accept it. */
  refuse(reason: string): void {
    this.#end(() => ({ type: "failed", reason: clip(reason) }));
  }

  lose(reason: string): void {
    this.#lostReason ??= reason;
    this.upload?.stopUnpacking(reason);
    this.#end(() => ({ type: "lost", reason }));
  }

  interrupt(why: string): void {
    this.upload?.stopUnpacking(why);
    if (this.#isInterrupted || this.#isOver) return;
    this.#isInterrupted = true;
    this.#options.interrupt(why);
  }

  /** Runs `act` after the earlier ones; its bytes count until it is done. */
  #inOrder(bytes: number, act: () => Promise<void>): Promise<void> {
    const done = this.#processed.then(act).finally(this.#options.receiveWindow.take(bytes));
    this.#processed = done.catch(() => {});
    return done;
  }

  async #take(update: CommandUpdate): Promise<void> {
    if (this.#failure !== undefined) return;
    try {
      await this.#options.request.onUpdate(update);
    } catch (error) {
      this.#fail(`the master could not process its output: ${errorText(error)}`);
    }
  }

  #fail(reason: string): void {
    if (this.#failure !== undefined) return;
    this.#failure = reason;
    if (this.#isOver) return;
    this.interrupt("it has failed on the master");
    this.#grace = this.#options.clock.after(FAILED_GRACE_MS, () => this.#end(() => ({ type: "failed", reason })));
  }

  /** Only the first call counts. */
  #end(how: () => CommandEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#grace?.cancel();
    void this.#inOrder(0, async () => {
      for (const update of this.#text.end()) await this.#take(update);
    });
    void this.#processed.then(async () => {
      const end = this.#failed(how());
      const isGood = end.type === "completed" && end.rc === 0;
      const [upload, download] = await Promise.all([this.upload?.end(isGood), this.download?.end()]);
      this.#failure ??= upload ?? download;
      this.#options.onOver();
      this.#settle(this.#failed(end));
    });
  }

  /** An error on the master takes precedence over the worker's report. */
  #failed(end: CommandEnd): CommandEnd {
    if (this.#failure === undefined || end.type === "lost") return end;
    if (this.#lostReason !== undefined) return { type: "lost", reason: this.#lostReason };
    return { type: "failed", reason: this.#failure };
  }
}

function sizeOf(value: unknown): number {
  const parts = itemsOf(value) ?? [value];
  return parts.reduce<number>((sum, part) => sum + (isText(part) ? part.length : 0), UPDATE_OVERHEAD_BYTES);
}

function isText(value: unknown): value is string | Uint8Array {
  return typeof value === "string" || value instanceof Uint8Array;
}
