// Probes a master over PB. The login is that of a worker; the probe ends with the master's first call, which follows the check
// of name and password, before the master considers the worker attached.

import { WorkerError } from "../../base/errors.ts";
import { once } from "../../base/once.ts";
import { Broker, login, type RemoteObject } from "../../session/pb/index.ts";
import { SHOWN_BYTES, transportErrors } from "../../transport/index.ts";
import { beginsPbGreeting, endBeforeGreeting } from "../../worker/index.ts";
import { PROBE_LOGIN_LIMIT_MS, type Probe, type ProbeWelcome, SILENCE_LIMIT_MS } from "./probe.ts";

/** The first calls of masters of all versions when they attach a worker. */
const ATTACH_CALLS = ["print", "getWorkerInfo", "getSlaveInfo", "getCommands", "getVersion", "setBuilderList"];

/** Enough to recognize a master. */
const GREETING_BYTES = 4;

/** Rejects with the WorkerError that a worker would log. */
export function probePb({ socket, shown, credentials, clock, signal, onBytes }: Probe): Promise<ProbeWelcome> {
  return new Promise((resolve, reject) => {
    /** The first bytes of the peer, until the master's greeting is complete. */
    let greeting: Buffer | undefined = Buffer.alloc(0);
    const end = once((settle: () => void) => {
      timer.cancel();
      signal.removeEventListener("abort", onAbort);
      socket.destroy();
      broker.close(new Error("the probe has ended"));
      settle();
    });
    const welcome = (how: ProbeWelcome) => end(() => resolve(how));
    const fail = (error: unknown) => end(() => reject(error));
    const lost = (what: string, cause?: Error) => {
      if (greeting !== undefined) return fail(endBeforeGreeting({ shown, received: greeting, what, cause }).error);
      fail(transportErrors.connectFailed.from(cause, "login", `the master at ${shown} ${what}`));
    };
    const onAbort = () => lost("was abandoned");
    const within = (limitMs: number, what: string) => clock.after(limitMs, () => lost(what));
    let timer = within(SILENCE_LIMIT_MS, `has sent nothing for ${SILENCE_LIMIT_MS / 1000} seconds`);
    const onReady = () => {
      greeting = undefined;
      if (credentials === undefined) return welcome("greeted");
      timer.cancel();
      timer = within(PROBE_LOGIN_LIMIT_MS, `has not answered the login within ${PROBE_LOGIN_LIMIT_MS / 1000} seconds`);
      login(broker, credentials, mind).then(() => welcome("logged in"), fail);
    };
    const mind: RemoteObject = { methods: new Map(ATTACH_CALLS.map((name) => [name, attachCall])) };
    function attachCall(): null {
      welcome("logged in");
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
      onBytes();
      if (greeting !== undefined) {
        greeting = Buffer.concat([greeting, chunk.subarray(0, SHOWN_BYTES)]).subarray(0, SHOWN_BYTES);
        // The chunk may contain more than the greeting.
        if (!beginsPbGreeting(greeting.subarray(0, GREETING_BYTES))) return lost("sent something else");
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
