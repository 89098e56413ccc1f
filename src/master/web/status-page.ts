// The status page as a server of its own: listens, and ends with all that it holds open.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setImmediate } from "node:timers/promises";
import { getRequestListener } from "@hono/node-server";
import type { Clock } from "../../base/clock.ts";
import { errorText } from "../../base/errors.ts";
import { systemReason } from "../../base/system-error.ts";
import { masterErrors } from "../errors.ts";
import { LoginDelays } from "../login-delays.ts";
import type { WebConfig } from "../master-config.ts";
import type { MasterView } from "../master-view.ts";
import { hostInUrl } from "./access/index.ts";
import { makeApp } from "./app.ts";
import { type ConnectionLimits, Connections, connectionLimits } from "./connections.ts";
import { Events } from "./events.ts";
import { Sessions } from "./sessions.ts";
import { readStaticFiles } from "./static-files.ts";

/** How often Node.js looks for requests that are late. */
const LATE_CHECK_MS = 1000;
/** Of the event loop, which accepts one connection in each: fewer would let a crowd wait at the door, and others with it. */
const TURNS_BETWEEN_ANSWERS = 64;
/** How long answers may take that are on their way when the page ends. */
const LAST_ANSWERS_MS = 1000;

export interface StatusPageOptions {
  readonly view: MasterView;
  readonly config: WebConfig;
  readonly clock: Clock;
  readonly log: (sentence: string) => void;
  readonly limits?: ConnectionLimits;
}

export interface StatusPage {
  /** `http://127.0.0.1:8010/` */
  readonly address: string;
  close(): Promise<void>;
}

/** Throws ERR_WEB_ADDRESS when it cannot listen. */
export async function serveStatusPage(options: StatusPageOptions): Promise<StatusPage> {
  const { view, config, clock, log, limits = connectionLimits } = options;
  const events = new Events(view, clock);
  const connections = new Connections(clock, limits);
  const [sessions, loginDelays] = [new Sessions(clock), new LoginDelays(clock)];
  const app = makeApp({ view, config, clock, log, sessions, loginDelays, events, files: readStaticFiles() });
  // Node's own Request and Response are not replaced for all others in this process
  const answer = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const waiting: (readonly [IncomingMessage, ServerResponse])[] = [];
  let isAtWork = false;
  const answerAll = async () => {
    isAtWork = true;
    for (;;) {
      // Builds and signals do not wait for a crowd, and by then it is known which visitors have left.
      for (let count = 0; count < TURNS_BETWEEN_ANSWERS; count += 1) await setImmediate();
      // The newest first: somebody who comes after a crowd is not kept waiting by all of it.
      const next = waiting.pop();
      if (next === undefined) break;
      if (!next[0].socket.writable) continue;
      connections.makeRoom();
      void answer(...next);
    }
    isAtWork = false;
  };
  const take = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (!connections.admits(incoming, outgoing)) return;
    waiting.push([incoming, outgoing]);
    if (!isAtWork) void answerAll();
  };
  const server = createServer({
    requestTimeout: limits.requestMs,
    headersTimeout: limits.requestMs,
    connectionsCheckingInterval: LATE_CHECK_MS,
    // a request without one is answered here as well, and not by Node.js past `take`
    requireHostHeader: false,
  });
  server.on("connection", (socket) => connections.add(socket));
  server.on("request", take).on("checkExpectation", take);
  try {
    server.listen(config.port, config.host);
    await once(server, "listening");
  } catch (error) {
    events.close();
    connections.close();
    throw masterErrors.webAddress.from(error, `${hostInUrl(config.host)}:${config.port}`, systemReason(error));
  }
  // such as that there is no descriptor left for another connection
  server.on("error", (error) => log(`the status page missed a connection: ${errorText(error)}`));
  const bound = server.address();
  const port = typeof bound === "object" ? bound?.port : undefined;
  return {
    address: `http://${hostInUrl(config.host)}:${port ?? config.port}/`,
    async close() {
      events.close();
      const closed = once(server, "close");
      server.close();
      const forcedEnd = clock.after(LAST_ANSWERS_MS, () => server.closeAllConnections());
      await closed;
      forcedEnd.cancel();
      connections.close();
    },
  };
}
