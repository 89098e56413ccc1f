// One stage of connecting: it begins, and ends once, by what it does, by its deadline or because the worker stops. Knows
// nothing of what the stages do.
import type { Clock, Timer } from "../base/clock.ts";
import type { WorkerError } from "../base/errors.ts";
import type { TroubleCode } from "../base/trouble-code.ts";
import { transportErrors } from "./errors.ts";

/** What connecting does, in this order; a Unix socket counts as TCP. */
export type ConnectStage = "name lookup" | "TCP" | "proxy" | "TLS";

export interface ConnectOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called when a stage begins. Those of a connection to a proxy come first, so that some may come twice. */
  readonly onStage: (stage: ConnectStage) => void;
  /** A sentence for the log that does not end the attempt. */
  readonly onWarning: (sentence: string) => void;
  /** What the stage under way has found that works, as a clause; for whoever examines the way. */
  readonly onFound?: (fact: string) => void;
}

export interface StagePlan {
  readonly stage: ConnectStage;
  readonly timeoutMs: number;
  /** What the stage says when its time is over: `… has not answered`. */
  readonly late: string;
  /** What is found out then, for the end of that sentence. */
  readonly lateNote?: () => string;
}

/** What a stage calls when it ends; only the first call counts. */
export interface StageEnd<Result> {
  readonly succeed: (result: Result) => void;
  readonly fail: (sentence: string, cause?: unknown, trouble?: TroubleCode) => void;
}

/** What is wrong when the time of a stage is over. */
const lateTroubles: Readonly<Record<ConnectStage, TroubleCode>> = {
  "name lookup": "name-servers-silent",
  TCP: "host-silent",
  proxy: "proxy-failed",
  TLS: "tls-failed",
};

/**
 * `begin` starts the work, and returns what lets go of it: called once, with whether the stage failed, when it has ended.
 * Rejects with the error of the stage.
 */
export function runStage<Result>(
  plan: StagePlan,
  { clock, signal, onStage }: ConnectOptions,
  begin: (end: StageEnd<Result>) => (failed: boolean) => void,
): Promise<Result> {
  const { stage, timeoutMs } = plan;
  onStage(stage);
  return new Promise((resolve, reject) => {
    let letGo: ((failed: boolean) => void) | undefined;
    let outcome: "open" | "done" | "failed" = "open";
    let timer: Timer | undefined;
    const end = (how: "done" | "failed", settle: () => void) => {
      if (outcome !== "open") return;
      outcome = how;
      timer?.cancel();
      signal.removeEventListener("abort", onAbort);
      letGo?.(how === "failed");
      settle();
    };
    const fail = (sentence: string, cause?: unknown, trouble?: TroubleCode) =>
      end("failed", () => reject(stageFailure(stage, sentence, cause).withTrouble(trouble)));
    const onAbort = () => fail("given up, since the worker stops");
    letGo = begin({ succeed: (result) => end("done", () => resolve(result)), fail });
    // It may have ended while it began.
    if (outcome !== "open") return letGo(outcome !== "done");
    timer = clock.after(timeoutMs, () => fail(lateSentence(plan), undefined, lateTroubles[stage]));
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
  });
}

/** What a stage says when its time is over, without its name. */
export function lateSentence({ late, timeoutMs, lateNote }: Omit<StagePlan, "stage">): string {
  return `${late} within ${timeoutMs / 1000} seconds${lateNote?.() ?? ""}`;
}

/** The error of the table by which a stage fails. */
export function stageFailure(stage: ConnectStage, sentence: string, cause?: unknown): WorkerError {
  if (stage === "TLS") return transportErrors.tlsFailed.from(cause, sentence);
  if (stage === "proxy") return transportErrors.proxyFailed.from(cause, sentence);
  return transportErrors.connectFailed.from(cause, stage, sentence);
}
