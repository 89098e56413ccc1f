// Ends a worker after its builds: asks the master to shut it down, and otherwise waits until no command runs. Independent of
// signals and protocols.
import { clip } from "../base/clip.ts";
import type { Clock, Timer } from "../base/clock.ts";
import { durationText } from "../base/duration.ts";
import type { ShutdownRequest, WorkerService } from "../worker/index.ts";

const POLL_MS = 500;

export interface GracefulShutdownOptions {
  readonly clock: Clock;
  readonly log: (text: string) => void;
  readonly worker: Pick<WorkerService, "askShutdown" | "runningCommands">;
  /** Time limit with a master that cannot be asked and may start more builds; 0: none. */
  readonly unaskedLimitMs: number;
  /** How long no command must run with such a master, which may be between two steps of a build. */
  readonly quietMs: number;
  /** Called once: the builds have ended, or the time limit is reached. */
  readonly onEnd: () => void;
}

export interface DrainRequest {
  /** Signal or option, for the log. */
  readonly by: string;
  /** 0: none. */
  readonly limitMs: number;
  /** There is no time limit for a master that cannot be asked, either. */
  readonly isPatient?: boolean;
}

export class GracefulShutdown {
  readonly #options: GracefulShutdownOptions;
  /** Start of the drain; undefined if there is none, so that the worker continues if the master refuses. */
  #drainingSinceMs: number | undefined;
  #limit: Timer | undefined;
  #poll: Timer | undefined;
  /** Waits for the master's answer, or until the master can be asked. */
  #isAsking = false;
  #hasEnded = false;
  #unaskedLimitMs: number;

  constructor(options: GracefulShutdownOptions) {
    this.#options = options;
    this.#unaskedLimitMs = options.unaskedLimitMs;
  }

  /** The worker waits for its builds to end, or for the master's answer. */
  get isDraining(): boolean {
    return this.#drainingSinceMs !== undefined || this.#isAsking;
  }

  /** Ends when no build runs, if the master agrees. Each call asks again. */
  ask(reason: string): void {
    if (this.#hasEnded) return;
    this.#options.log(`Initiating shutdown because ${reason}`);
    this.#askMasterOnce();
  }

  /** Ends when the master reports that no build runs, or no command has run for a while, or at the limit. */
  drain({ by, limitMs, isPatient = false }: DrainRequest): void {
    if (this.#hasEnded) return;
    if (isPatient) this.#unaskedLimitMs = 0;
    const { clock, log, worker } = this.#options;
    const limit = limitMs > 0 ? `for at most ${durationText(limitMs)}` : "without a time limit";
    log(
      `draining: requested by ${by}; waiting for running builds, ${limit}; running commands: ${worker.runningCommands}`,
    );
    this.#drainingSinceMs ??= clock.nowMs();
    if (limitMs > 0) this.#endWithin(limitMs);
    this.#askMasterOnce();
  }

  /** Stops waiting. May be called again. */
  close(): void {
    this.#hasEnded = true;
    this.#limit?.cancel();
    this.#poll?.cancel();
  }

  /** One answer of the master is for all requests until it arrives. */
  #askMasterOnce(): void {
    if (this.#isAsking) return;
    const { clock, log, worker } = this.#options;
    const ask = () => {
      const request = worker.askShutdown();
      if (request !== undefined) return void this.#askMaster(request);
      if (worker.runningCommands === 0) return this.#end("No active connection, shutting down NOW");
      if (!this.#isAsking) log("a build is starting, but the worker is not attached yet; it asks the master then");
      this.#isAsking = true;
      this.#poll = clock.after(POLL_MS, ask);
    };
    ask();
  }

  #endWithin(limitMs: number): void {
    this.#limit?.cancel();
    this.#limit = this.#options.clock.after(limitMs, () => {
      this.#end(`draining: the limit of ${durationText(limitMs)} is reached; running commands are killed`);
    });
  }

  async #askMaster(request: ShutdownRequest): Promise<void> {
    const { log } = this.#options;
    if ("unasked" in request) return this.#waitUnasked(request);
    log("Telling the master we want to shutdown after any running builds are finished");
    this.#isAsking = true;
    const answer = await request.answer;
    this.#isAsking = false;
    if (this.#hasEnded) return;
    if (answer.state === "refused" && this.#drainingSinceMs === undefined) {
      log(`the master does not shut this worker down (${clip(answer.reason)}); the worker continues`);
      return;
    }
    if (answer.state === "agreed") log("the master agreed to shut this worker down when no build runs on it");
    if (answer.state === "refused") this.#watchCommands(answer.reason);
    await this.#waitLost(request);
  }

  async #waitUnasked(request: Extract<ShutdownRequest, { unasked: string }>): Promise<void> {
    const { log } = this.#options;
    const unaskedLimitMs = this.#unaskedLimitMs;
    if (this.#limit === undefined && unaskedLimitMs > 0) {
      log(`the master may start more builds; waiting for at most ${durationText(unaskedLimitMs)}`);
      this.#endWithin(unaskedLimitMs);
    }
    this.#watchCommands(request.unasked);
    await this.#waitLost(request);
  }

  async #waitLost({ lost }: ShutdownRequest): Promise<void> {
    await lost;
    this.#end("the connection is lost, and with it the running commands, shutting down NOW");
  }

  /** For a master that does not report when its builds have ended. */
  #watchCommands(reason: string): void {
    const { clock, log, worker, quietMs } = this.#options;
    const quiet = durationText(quietMs);
    log(`draining: the master does not help (${clip(reason)}); waiting until no command has run for ${quiet}`);
    this.#poll?.cancel();
    let quietSinceMs: number | undefined;
    const poll = () => {
      const nowMs = clock.nowMs();
      if (worker.runningCommands > 0) quietSinceMs = undefined;
      else if (quietSinceMs === undefined) {
        quietSinceMs = nowMs;
        log(`draining: no command runs; the worker ends unless the master starts one within ${quiet}`);
      } else if (nowMs - quietSinceMs >= quietMs) return this.#end(`draining: no command has run for ${quiet}`);
      this.#poll = clock.after(POLL_MS, poll);
    };
    poll();
  }

  #end(sentence: string): void {
    if (this.#hasEnded) return;
    const { clock, log, onEnd } = this.#options;
    const tookMs = this.#drainingSinceMs === undefined ? undefined : clock.nowMs() - this.#drainingSinceMs;
    log(tookMs === undefined ? sentence : `${sentence} (drained for ${durationText(tookMs)})`);
    this.close();
    onEnd();
  }
}
