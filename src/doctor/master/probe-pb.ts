// Knocks at a master that speaks PB. The login is the worker's own; it is over with the first call of the master's, which
// comes when it has taken name and password, and before it takes the worker for attached.

import { WorkerError } from "../../base/errors.ts";
import { once } from "../../base/once.ts";
import { Broker, login, type RemoteObject } from "../../session/pb/index.ts";
import { SHOWN_BYTES, transportErrors } from "../../transport/index.ts";
import { beginsPbGreeting, endBeforeGreeting } from "../../worker/index.ts";
import { PROBE_LOGIN_LIMIT_MS, type Probe, type ProbeWelcome, SILENCE_LIMIT_MS } from "./probe.ts";

/** What masters of all versions call first, when they attach a worker. */
const ATTACH_CALLS = ["print", "getWorkerInfo", "getSlaveInfo", "getCommands", "getVersion", "setBuilderList"];

/** Enough to know a master by. */
const GREETING_BYTES = 4;

/** Rejects with the WorkerError that the worker's log would tell. */
export function probePb({ socket, shown, credentials, clock, signal, onWord }: Probe): Promise<ProbeWelcome> {
  return new Promise((resolve, reject) => {
    /** The first words of what may be no master, until it is known to be one. */
    let heard: Buffer | undefined = Buffer.alloc(0);
    const end = once((settle: () => void) => {
      timer.cancel();
      signal.removeEventListener("abort", onAbort);
      socket.destroy();
      broker.close(new Error("the examination is over"));
      settle();
    });
    const welcome = (how: ProbeWelcome) => end(() => resolve(how));
    const fail = (error: unknown) => end(() => reject(error));
    const lost = (what: string, cause?: Error) => {
      if (heard !== undefined) return fail(endBeforeGreeting({ shown, received: heard, what, cause }).error);
      fail(transportErrors.connectFailed.from(cause, "login", `the master at ${shown} ${what}`));
    };
    const onAbort = () => lost("was left");
    const within = (limitMs: number, what: string) => clock.after(limitMs, () => lost(what));
    let timer = within(SILENCE_LIMIT_MS, `has sent nothing for ${SILENCE_LIMIT_MS / 1000} seconds`);
    const onReady = () => {
      heard = undefined;
      if (credentials === undefined) return welcome("greeted");
      timer.cancel();
      timer = within(PROBE_LOGIN_LIMIT_MS, `has not answered the login within ${PROBE_LOGIN_LIMIT_MS / 1000} seconds`);
      login(broker, credentials, mind).then(() => welcome("let in"), fail);
    };
    const mind: RemoteObject = { methods: new Map(ATTACH_CALLS.map((name) => [name, attachCall])) };
    function attachCall(): null {
      welcome("let in");
      return null;
    }
    const broker = new Broker({
      role: "client",
      send: (chunks) => {
        for (const chunk of chunks) socket.write(chunk);
      },
      onReady,
    });
    socket.on("data", (chunk: Buffer) => {
      onWord();
      if (heard !== undefined) {
        heard = Buffer.concat([heard, chunk.subarray(0, SHOWN_BYTES)]).subarray(0, SHOWN_BYTES);
        // A master may go on in the same piece.
        if (!beginsPbGreeting(heard.subarray(0, GREETING_BYTES))) return lost("says something else");
      }
      try {
        broker.receive(chunk);
      } catch (error) {
        lost(`broke the protocol: ${error instanceof WorkerError ? error.message : String(error)}`, error as Error);
      }
    });
    socket.on("error", (error) => lost(`dropped the connection: ${error.message}`, error));
    socket.on("end", () => lost("closed the connection"));
    socket.on("close", () => lost("closed the connection"));
    signal.addEventListener("abort", onAbort);
    if (signal.aborted) onAbort();
  });
}
