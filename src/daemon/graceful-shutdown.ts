// The end of a worker that waits for its builds: asks the master, waits for what it says, and decides when there is nothing
// left to wait for. Knows no signals and no protocol.
import { clip } from "../base/clip.ts";
import type { Clock, Timer } from "../base/clock.ts";
import { durationText } from "../base/duration.ts";
import type { ShutdownRequest, WorkerService } from "../worker/index.ts";

const LOOK_MS = 500;

export interface GracefulShutdownOptions {
  readonly clock: Clock;
  readonly log: (text: string) => void;
  readonly worker: Pick<WorkerService, "askShutdown" | "runningCommands">;
  /** How long builds are waited for of a master that cannot be asked, and begins others meanwhile; 0: until none runs. */
  readonly unaskedLimitMs: number;
  /** How long nothing must have run on such a worker: its master may be between two steps of a build. */
  readonly quietMs: number;
  /** Called once: there is nothing left to wait for, or no time. */
  readonly onOver: () => void;
}

export interface DrainRequest {
  /** Who wants it, for the log. */
  readonly by: string;
  /** How long it may take; 0: until the build ends. */
  readonly limitMs: number;
  /** A master that cannot be asked is waited for however long, too. */
  readonly isPatient?: boolean;
}

export class GracefulShutdown {
  readonly #options: GracefulShutdownOptions;
  /** When the drain began; undefined while there is none, and the worker stays if the master refuses. */
  #drainingSinceMs: number | undefined;
  #limit: Timer | undefined;
  #look: Timer | undefined;
  /** The master owes an answer, or is to be asked as soon as it can be. */
  #isAsking = false;
  #isOver = false;
  #unaskedLimitMs: number;

  constructor(options: GracefulShutdownOptions) {
    this.#options = options;
    this.#unaskedLimitMs = options.unaskedLimitMs;
  }

  /** It ends when its builds are over, as far as it is up to this worker. */
  get isDraining(): boolean {
    return this.#drainingSinceMs !== undefined || this.#isAsking;
  }

  /** Ends once no build runs, if the master agrees; each call asks again. */
  ask(reason: string): void {
    if (this.#isOver) return;
    this.#options.log(`Initiating shutdown because ${reason}`);
    this.#askMasterOnce();
  }

  /** Ends once no build runs, as the master says or as far as it can be seen from here, and at the limit at the latest. */
  drain({ by, limitMs, isPatient = false }: DrainRequest): void {
    if (this.#isOver) return;
    if (isPatient) this.#unaskedLimitMs = 0;
    const { clock, log, worker } = this.#options;
    const limit = limitMs > 0 ? `for at most ${durationText(limitMs)}` : "however long it takes";
    log(
      `draining: asked by ${by}; waiting for running builds, ${limit}; commands that run now: ${worker.runningCommands}`,
    );
    this.#drainingSinceMs ??= clock.nowMs();
    if (limitMs > 0) this.#endWithin(limitMs);
    this.#askMasterOnce();
  }

  /** Nothing is waited for any more. Harmless when repeated. */
  close(): void {
    this.#isOver = true;
    this.#limit?.cancel();
    this.#look?.cancel();
  }

  /** What the master answers is for all that ask meanwhile. */
  #askMasterOnce(): void {
    if (this.#isAsking) return;
    const { clock, log, worker } = this.#options;
    const ask = () => {
      const request = worker.askShutdown();
      if (request !== undefined) return void this.#askMaster(request);
      if (worker.runningCommands === 0) return this.#end("No active connection, shutting down NOW");
      if (!this.#isAsking) log("the master has begun a build and not yet let this worker in: it is asked when it has");
      this.#isAsking = true;
      this.#look = clock.after(LOOK_MS, ask);
    };
    ask();
  }

  #endWithin(limitMs: number): void {
    this.#limit?.cancel();
    this.#limit = this.#options.clock.after(limitMs, () => {
      this.#end(`draining: the limit of ${durationText(limitMs)} is over; what runs is killed`);
    });
  }

  async #askMaster(request: ShutdownRequest): Promise<void> {
    const { log } = this.#options;
    if ("unasked" in request) return this.#waitUnasked(request);
    log("Telling the master we want to shutdown after any running builds are finished");
    this.#isAsking = true;
    const answer = await request.answer;
    this.#isAsking = false;
    if (this.#isOver) return;
    if (answer.state === "refused" && this.#drainingSinceMs === undefined) {
      log(`the master does not shut this worker down (${clip(answer.reason)}); the worker goes on`);
      return;
    }
    if (answer.state === "agreed") log("the master has agreed: it calls for the end when no build runs here any more");
    if (answer.state === "refused") this.#watchCommands(answer.reason);
    await this.#waitLost(request);
  }

  async #waitUnasked(request: Extract<ShutdownRequest, { unasked: string }>): Promise<void> {
    const { log } = this.#options;
    const unaskedLimitMs = this.#unaskedLimitMs;
    if (this.#limit === undefined && unaskedLimitMs > 0) {
      log(`the master may begin more builds meanwhile, so it is waited for at most ${durationText(unaskedLimitMs)}`);
      this.#endWithin(unaskedLimitMs);
    }
    this.#watchCommands(request.unasked);
    await this.#waitLost(request);
  }

  async #waitLost({ lost }: ShutdownRequest): Promise<void> {
    await lost;
    this.#end("the connection is lost, and with it what ran for the master, shutting down NOW");
  }

  /** For a master that does not tell when its builds are over. */
  #watchCommands(reason: string): void {
    const { clock, log, worker, quietMs } = this.#options;
    const quiet = durationText(quietMs);
    log(`draining: the master does not help (${clip(reason)}); waiting until nothing has run for ${quiet}`);
    this.#look?.cancel();
    let quietSinceMs: number | undefined;
    const look = () => {
      const nowMs = clock.nowMs();
      if (worker.runningCommands > 0) quietSinceMs = undefined;
      else if (quietSinceMs === undefined) {
        quietSinceMs = nowMs;
        log(`draining: nothing runs; the worker ends unless the master begins a command within ${quiet}`);
      } else if (nowMs - quietSinceMs >= quietMs) return this.#end(`draining: nothing has run for ${quiet}`);
      this.#look = clock.after(LOOK_MS, look);
    };
    look();
  }

  #end(sentence: string): void {
    if (this.#isOver) return;
    const { clock, log, onOver } = this.#options;
    const tookMs = this.#drainingSinceMs === undefined ? undefined : clock.nowMs() - this.#drainingSinceMs;
    log(tookMs === undefined ? sentence : `${sentence} (drained for ${durationText(tookMs)})`);
    this.close();
    onOver();
  }
}
