// One visit to the master, by the worker's own way there, stage by stage: how far it came and what each stage has found.

import type { Clock } from "../../base/clock.ts";
import { WorkerError } from "../../base/errors.ts";
import type { Credentials } from "../../session/pb/index.ts";
import {
  type ConnectOptions,
  type ConnectStage,
  connectToMaster,
  type MasterTarget,
  transportErrors,
} from "../../transport/index.ts";
import type { Protocol } from "../../worker/index.ts";
import { workerErrors } from "../../worker/index.ts";
import type { Probe, ProbeWelcome } from "./probe.ts";
import { type Listener, tlsListener, whatListens } from "./what-listens.ts";

/** A master greets at once: after so long it is found out what listens there. */
const SHORT_SILENCE_MS = 4000;

export interface VisitRequest {
  readonly target: MasterTarget;
  readonly protocol: Protocol;
  /** Undefined: the visit ends where the master would be told who comes. */
  readonly credentials: Credentials | undefined;
  readonly clock: Clock;
  readonly onStage?: (stage: ConnectStage | "login") => void;
}

export interface StageReport {
  readonly stage: ConnectStage;
  /** What it has found, in clauses. */
  readonly facts: readonly string[];
}

export interface ProbeResult {
  /** Those that have begun, in order. */
  readonly stages: readonly StageReport[];
  /** Sentences that the worker's log would have. */
  readonly warnings: readonly string[];
  readonly end: /** `connected`: nobody was asked anything on that connection. */
    | { readonly kind: ProbeWelcome | "connected" }
    | { readonly kind: "failed"; readonly error: WorkerError; readonly listener: Listener | undefined };
}

export async function visit(request: VisitRequest): Promise<ProbeResult> {
  const { target, clock, onStage } = request;
  const stages: { stage: ConnectStage; facts: string[] }[] = [];
  const warnings: string[] = [];
  const leaving = new AbortController();
  let listener: Listener | undefined;
  try {
    const socket = await connectToMaster(target, {
      clock,
      signal: leaving.signal,
      onStage(stage) {
        onStage?.(stage);
        stages.push({ stage, facts: [] });
      },
      onFound: (fact) => stages.at(-1)?.facts.push(fact),
      onWarning: (sentence) => warnings.push(sentence),
    });
    onStage?.("login");
    const askAround = async () => {
      listener = await whatListens(target, { clock, signal: leaving.signal });
      if (listener !== undefined) leaving.abort();
    };
    const silence = clock.after(SHORT_SILENCE_MS, () => void askAround());
    try {
      const { credentials } = request;
      const probe = { socket, shown: target.shown, credentials, clock, signal: leaving.signal };
      const kind = await probed(request, { ...probe, onWord: () => silence.cancel() });
      return { stages, warnings, end: { kind } };
    } finally {
      silence.cancel();
    }
  } catch (error) {
    if (!(error instanceof WorkerError)) throw error;
    listener ??= await otherListener(error, target, { clock, signal: new AbortController().signal });
    return { stages, warnings, end: { kind: "failed", error, listener } };
  } finally {
    leaving.abort();
  }
}

async function probed({ protocol, credentials }: VisitRequest, probe: Probe): Promise<ProbeWelcome | "connected"> {
  if (protocol.name === "pb") {
    const { probePb } = await import("./probe-pb.ts");
    return probePb(probe);
  }
  // The request for a WebSocket is the login.
  if (credentials === undefined) {
    probe.socket.on("error", () => {}).destroy();
    return "connected";
  }
  const { probeMsgpack } = await import("./probe-msgpack.ts");
  return probeMsgpack({ ...probe, credentials }, protocol.path);
}

/** Whoever breaks off, or answers what no master says, may do so for want of TLS. */
async function otherListener(
  error: WorkerError,
  target: MasterTarget,
  options: Pick<ConnectOptions, "clock" | "signal">,
) {
  if (error.trouble === "master-silent") return whatListens(target, options);
  const isLostLogin = transportErrors.connectFailed.is(error) && error.message.startsWith("login: ");
  const isStranger = workerErrors.webSocketRefused.is(error) && error.trouble === "websocket-refused";
  return isLostLogin || isStranger ? tlsListener(target, options) : undefined;
}
