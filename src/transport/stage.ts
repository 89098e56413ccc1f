// Runs one stage of connecting, which ends once: with its result, at its deadline or because the worker stops. It is
// independent of what the stages do.
import type { Clock, Timer } from "../base/clock.ts";
import type { WorkerError } from "../base/errors.ts";
import type { TroubleCode } from "../base/trouble-code.ts";
import { transportErrors } from "./errors.ts";
import type { Relayed } from "./relayed.ts";

/** In this order; a Unix socket counts as TCP. */
export type ConnectStage = "name lookup" | "TCP" | "proxy" | "TLS" | "relay";

export interface ConnectOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Called when a stage begins. Stages of a connection to a proxy or a relay come first, so some stages occur twice. */
  readonly onStage: (stage: ConnectStage) => void;
  /** A message for the log; the attempt continues. */
  readonly onWarning: (sentence: string) => void;
  /** A fact that the current stage has established, as a clause, for diagnosis. */
  readonly onFound?: (fact: string) => void;
  /** Called if the connection leads through a relay. */
  readonly onRelayed?: (relayed: Relayed) => void;
}

export interface StagePlan {
  readonly stage: ConnectStage;
  readonly timeoutMs: number;
  /** The timeout message: `… has not answered`. */
  readonly late: string;
  /** Evaluated at the timeout, for the end of that message. */
  readonly lateNote?: () => string;
}

/** A stage calls one of these when it ends; only the first call counts. */
export interface StageEnd<Result> {
  readonly succeed: (result: Result) => void;
  readonly fail: (sentence: string, cause?: unknown, trouble?: TroubleCode) => void;
}

/** The trouble when a stage times out. */
const lateTroubles: Readonly<Record<ConnectStage, TroubleCode>> = {
  "name lookup": "name-servers-silent",
  TCP: "host-silent",
  proxy: "proxy-failed",
  TLS: "tls-failed",
  relay: "relay-failed",
};

/**
 * `begin` starts the work and returns a function that releases it: called once, at the end, with whether the stage
 * failed. Rejects with the error of the stage.
 */
export function runStage<Result>(
  plan: StagePlan,
  { clock, signal, onStage }: ConnectOptions,
  begin: (end: StageEnd<Result>) => (failed: boolean) => void,
): Promise<Result> {
  const { stage, timeoutMs } = plan;
  onStage(stage);
  return new Promise((resolve, reject) => {
    let release: ((failed: boolean) => void) | undefined;
    let outcome: "open" | "done" | "failed" = "open";
    let timer: Timer | undefined;
    const end = (how: "done" | "failed", settle: () => void) => {
      if (outcome !== "open") return;
      outcome = how;
      timer?.cancel();
      signal.removeEventListener("abort", onAbort);
      release?.(how === "failed");
      settle();
    };
    const fail = (sentence: string, cause?: unknown, trouble?: TroubleCode) =>
      end("failed", () => reject(stageFailure(stage, sentence, cause).withTrouble(trouble)));
    const onAbort = () => fail("aborted, because the worker is stopping");
    release = begin({ succeed: (result) => end("done", () => resolve(result)), fail });
    // `begin` may have ended the stage already.
    if (outcome !== "open") return release(outcome !== "done");
    timer = clock.after(timeoutMs, () => fail(lateSentence(plan), undefined, lateTroubles[stage]));
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
  });
}

/** The timeout message, without the name of the stage. */
export function lateSentence({ late, timeoutMs, lateNote }: Omit<StagePlan, "stage">): string {
  return `${late} within ${timeoutMs / 1000} seconds${lateNote?.() ?? ""}`;
}

export function stageFailure(stage: ConnectStage, sentence: string, cause?: unknown): WorkerError {
  if (stage === "TLS") return transportErrors.tlsFailed.from(cause, sentence);
  if (stage === "relay") return transportErrors.relayFailed.from(cause, sentence);
  if (stage === "proxy") return transportErrors.proxyFailed.from(cause, sentence);
  return transportErrors.connectFailed.from(cause, stage, sentence);
}
