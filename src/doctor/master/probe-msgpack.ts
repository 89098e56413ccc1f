// Probes a master over MessagePack. Name and password are part of the request for a WebSocket; the probe ends with the
// master's first message, before the master considers the worker attached.

import type { WorkerError } from "../../base/errors.ts";
import { once } from "../../base/once.ts";
import { sessionErrors } from "../../session/errors.ts";
import type { Credentials } from "../../session/pb/index.ts";
import { openWebSocket, transportErrors, type WebSocketEnd } from "../../transport/index.ts";
import { msgpackLimits } from "../../wire/msgpack/index.ts";
import { basicAuthorization, workerErrors } from "../../worker/index.ts";
import { PROBE_LOGIN_LIMIT_MS, type Probe, type ProbeWelcome, SILENCE_LIMIT_MS } from "./probe.ts";

/** Rejects with the WorkerError that a worker would log. `path`: of the URL. */
export function probeMsgpack(
  probe: Probe & { readonly credentials: Credentials },
  path: string,
): Promise<ProbeWelcome> {
  const { socket, shown, credentials, clock, signal, onBytes } = probe;
  return new Promise((resolve, reject) => {
    let isOpen = false;
    const end = once((settle: () => void) => {
      timer.cancel();
      signal.removeEventListener("abort", onAbort);
      link.end();
      settle();
    });
    const fail = (error: WorkerError) => end(() => reject(error));
    const lost = (what: string, cause?: Error) =>
      fail(transportErrors.connectFailed.from(cause, "login", `the master at ${shown} ${what}`));
    const onAbort = () => lost("was abandoned");
    const within = (limitMs: number, what: string) => clock.after(limitMs, () => lost(what));
    let timer = within(SILENCE_LIMIT_MS, "has not answered the request for a WebSocket within 30 seconds");
    const onEnd = (how: WebSocketEnd) => {
      if (how.kind === "unauthorized") return fail(sessionErrors.loginRefused(credentials.name));
      if (how.kind === "refused") {
        return fail(workerErrors.webSocketRefused.from(how.cause, shown, how.why).withTrouble(how.trouble));
      }
      // The master pings the connected worker of that name, and closes the second connection without a reason.
      if (isOpen) {
        const what =
          "accepted name and password and closed the connection, as it does while a worker of that name is connected";
        return fail(sessionErrors.loginFailed.from(how.cause, what).withTrouble("name-in-use"));
      }
      lost(how.kind === "lost" ? how.what : "broke the WebSocket protocol", how.cause);
    };
    const link = openWebSocket(
      {
        socket,
        host: shown.startsWith("/") ? "localhost" : shown,
        path,
        authorization: basicAuthorization(credentials),
        deflate: false,
        messageLimitBytes: msgpackLimits.messageBytes,
      },
      {
        onOpen: () => {
          isOpen = true;
          onBytes();
          timer.cancel();
          timer = within(
            PROBE_LOGIN_LIMIT_MS,
            `has sent nothing for ${PROBE_LOGIN_LIMIT_MS / 1000} seconds after the login`,
          );
        },
        onMessage: () => end(() => resolve("logged in")),
        onText: () => {},
        onActivity: () => {},
        onEnd,
      },
    );
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
  });
}
