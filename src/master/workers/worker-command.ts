// One command that a worker runs, from its start to its end, whichever protocol tells of it: its updates in order, each taken
// before the next, its file, and the one way it ends.
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
 * How long a worker may take to end a command that has failed here, as when an upload cannot be stored: Python's never
 * completes it over PB.
 */
const FAILED_GRACE_MS = 10_000;

/** A worker may send 100 000 in one message: between so many, others have their turn. */
const UPDATES_PER_TURN = 500;

export interface WorkerCommandOptions {
  readonly id: string;
  readonly request: CommandRequest;
  readonly receiveWindow: ReceiveWindow;
  readonly clock: Clock;
  /** Asks the worker to end it. */
  readonly interrupt: (why: string) => void;
  /** It is over, and nobody has to know it any more. */
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
  /** Resolved when all updates so far were taken. */
  #taken: Promise<void> = Promise.resolve();
  #rc: number | undefined;
  /** What went wrong on this side. */
  #failure: string | undefined;
  /** Also when the worker had told its end before. */
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

  /** It is to end, or has: what comes for it means nothing any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves when all of it was taken. Rejects with ERR_BAD_ARGUMENTS at one of the wrong type, when those before are taken. */
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

  /** The next bytes of its download; none at the end. */
  async read(lengthBytes: unknown): Promise<Uint8Array> {
    return (await this.#transfer(0, async () => this.download?.read(lengthBytes))) ?? Buffer.of();
  }

  /** A call on its file: counted while it waits, and its failure is that of the command. */
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

  /** The worker says that it is over; `failure` is its word. */
  complete(failure?: string): void {
    const reason = failure === undefined ? undefined : clip(failure);
    this.#end(() => (reason === undefined ? { type: "completed", rc: this.#rc } : { type: "failed", reason }));
  }

  /** The worker did not take it. */
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

  /** Does it when what came before is done; its bytes count until then. */
  #inOrder(bytes: number, act: () => Promise<void>): Promise<void> {
    const done = this.#taken.then(act).finally(this.#options.receiveWindow.take(bytes));
    this.#taken = done.catch(() => {});
    return done;
  }

  async #take(update: CommandUpdate): Promise<void> {
    if (this.#failure !== undefined) return;
    try {
      await this.#options.request.onUpdate(update);
    } catch (error) {
      this.#fail(`the master could not take its output: ${errorText(error)}`);
    }
  }

  #fail(reason: string): void {
    if (this.#failure !== undefined) return;
    this.#failure = reason;
    if (this.#isOver) return;
    this.interrupt("it has failed on the master");
    this.#grace = this.#options.clock.after(FAILED_GRACE_MS, () => this.#end(() => ({ type: "failed", reason })));
  }

  /** The first end counts. */
  #end(how: () => CommandEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#grace?.cancel();
    void this.#inOrder(0, async () => {
      for (const update of this.#text.end()) await this.#take(update);
    });
    void this.#taken.then(async () => {
      const end = this.#failed(how());
      const isGood = end.type === "completed" && end.rc === 0;
      const [upload, download] = await Promise.all([this.upload?.end(isGood), this.download?.end()]);
      this.#failure ??= upload ?? download;
      this.#options.onOver();
      this.#settle(this.#failed(end));
    });
  }

  /** What went wrong here is the reason, whatever the worker made of it. */
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
