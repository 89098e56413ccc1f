// A TCP connection to a master: connecting within a deadline, and the socket's settings.
import { connect, type Socket } from "node:net";
import { errors } from "../base/errors.ts";

/** As Twisted's endpoints: name lookup and connecting together. */
const CONNECT_TIMEOUT_MS = 30_000;
/** Each address of a name but the last has so long; Node's 250 ms are too short for the other side of the world. */
const ADDRESS_TIMEOUT_MS = 5000;
/** Silence after which the system asks the other host whether it is there. */
const TCP_KEEPALIVE_MS = 60_000;

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Resolves to a connected socket; rejects with ERR_CONNECT_FAILED, also when `signal` aborts. */
export function connectTcp({ host, port }: Address, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEPALIVE_MS,
      autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS,
    });
    const fail = (cause: Error) => {
      finish();
      socket.destroy();
      reject(errors.connectFailed.from(cause, `${host}:${port}`, causeText(cause)));
    };
    const onTimeout = () => fail(new Error(`no answer within ${CONNECT_TIMEOUT_MS / 1000} seconds`));
    const onAbort = () => fail(new Error("stopped"));
    const finish = () => {
      socket.setTimeout(0);
      socket.off("error", fail).off("timeout", onTimeout);
      signal.removeEventListener("abort", onAbort);
    };
    signal.addEventListener("abort", onAbort);
    socket.setTimeout(CONNECT_TIMEOUT_MS, onTimeout);
    socket.once("error", fail);
    socket.once("connect", () => {
      finish();
      resolve(socket);
    });
    if (signal.aborted) onAbort();
  });
}

/** A name with several addresses fails with one error that holds the others and has no text of its own. */
function causeText(cause: Error): string {
  if (cause instanceof AggregateError) return cause.errors.map((error: Error) => error.message).join("; ");
  return cause.message;
}
