// Probes the master once, with the worker's own connection settings, and reports the result of each stage.

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

/** A master sends a greeting at once: after this time, check the server there. */
const SHORT_SILENCE_MS = 4000;

export interface ProbeRequest {
  readonly target: MasterTarget;
  readonly protocol: Protocol;
  /** Undefined: the probe ends before the login. */
  readonly credentials: Credentials | undefined;
  readonly clock: Clock;
  readonly onStage?: (stage: ConnectStage | "login") => void;
}

export interface StageReport {
  readonly stage: ConnectStage;
  /** Results, as clauses. */
  readonly facts: readonly string[];
}

export interface ProbeResult {
  /** Stages that have begun, in order. */
  readonly stages: readonly StageReport[];
  /** Warnings that a worker would log. */
  readonly warnings: readonly string[];
  readonly end: /** `connected`: nothing was sent on the connection. */
    | { readonly kind: ProbeWelcome | "connected" }
    | { readonly kind: "failed"; readonly error: WorkerError; readonly listener: Listener | undefined };
}

export async function probeMaster(request: ProbeRequest): Promise<ProbeResult> {
  const { target, clock, onStage } = request;
  const stages: { stage: ConnectStage; facts: string[] }[] = [];
  const warnings: string[] = [];
  const abort = new AbortController();
  let listener: Listener | undefined;
  try {
    const socket = await connectToMaster(target, {
      clock,
      signal: abort.signal,
      onStage(stage) {
        onStage?.(stage);
        stages.push({ stage, facts: [] });
      },
      onFound: (fact) => stages.at(-1)?.facts.push(fact),
      onWarning: (sentence) => warnings.push(sentence),
    });
    onStage?.("login");
    const findListener = async () => {
      listener = await whatListens(target, { clock, signal: abort.signal });
      if (listener !== undefined) abort.abort();
    };
    const silence = clock.after(SHORT_SILENCE_MS, () => void findListener());
    try {
      const { credentials } = request;
      const probe = { socket, shown: target.shown, credentials, clock, signal: abort.signal };
      const kind = await runProbe(request, { ...probe, onBytes: () => silence.cancel() });
      return { stages, warnings, end: { kind } };
    } finally {
      silence.cancel();
    }
  } catch (error) {
    if (!(error instanceof WorkerError)) throw error;
    listener ??= await otherListener(error, target, { clock, signal: new AbortController().signal });
    return { stages, warnings, end: { kind: "failed", error, listener } };
  } finally {
    abort.abort();
  }
}

async function runProbe({ protocol, credentials }: ProbeRequest, probe: Probe): Promise<ProbeWelcome | "connected"> {
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

/** A server that closes the connection or sends something unexpected may do so because it expects TLS. */
async function otherListener(
  error: WorkerError,
  target: MasterTarget,
  options: Pick<ConnectOptions, "clock" | "signal">,
) {
  if (error.trouble === "master-silent") return whatListens(target, options);
  const isLostLogin = transportErrors.connectFailed.is(error) && error.message.startsWith("login: ");
  const isUnexpected = workerErrors.webSocketRefused.is(error) && error.trouble === "websocket-refused";
  return isLostLogin || isUnexpected ? tlsListener(target, options) : undefined;
}
