// The HTTP server of the status page.
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
import type { Site } from "./site.ts";
import { readStaticFiles } from "./static-files.ts";

/** How often Node.js checks for late requests. */
const LATE_CHECK_MS = 1000;
/**
 * Turns of the event loop between answers. Each turn accepts one connection, so fewer turns would delay new
 * connections.
 */
const TURNS_BETWEEN_ANSWERS = 64;
/** Time for answers in progress when the server stops. */
const LAST_ANSWERS_MS = 1000;

export interface StatusPageOptions {
  readonly view: MasterView;
  /** As now; host and port are those of the start. */
  readonly config: () => WebConfig;
  readonly clock: Clock;
  readonly log: (sentence: string) => void;
  /** A bearer token of this process's own, for the master's commands. */
  readonly localToken?: string;
  readonly limits?: ConnectionLimits;
  readonly hooks?: Site["hooks"];
}

export interface StatusPage {
  /** `http://127.0.0.1:8010/` */
  readonly address: string;
  close(): Promise<void>;
}

/** Throws ERR_WEB_ADDRESS when it cannot listen. */
export async function serveStatusPage(options: StatusPageOptions): Promise<StatusPage> {
  const { view, config, clock, log, hooks, localToken, limits = connectionLimits } = options;
  const place = config();
  const events = new Events(view, clock);
  const connections = new Connections(clock, limits);
  const [sessions, loginDelays] = [new Sessions(clock, () => config().adminPassword), new LoginDelays(clock)];
  const files = readStaticFiles();
  const app = makeApp({ view, config, clock, log, sessions, loginDelays, events, hooks, files, localToken });
  // do not replace Node's global Request and Response
  const answer = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const waiting: (readonly [IncomingMessage, ServerResponse])[] = [];
  let isAnswering = false;
  const answerAll = async () => {
    isAnswering = true;
    for (;;) {
      // Let builds and signals go first, and find out which visitors have disconnected.
      for (let count = 0; count < TURNS_BETWEEN_ANSWERS; count += 1) await setImmediate();
      // Newest first, so that a flood of requests does not delay later visitors.
      const next = waiting.pop();
      if (next === undefined) break;
      if (!next[0].socket.writable) continue;
      connections.makeRoom();
      void answer(...next);
    }
    isAnswering = false;
  };
  const take = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    if (!connections.admits(incoming, outgoing)) return;
    waiting.push([incoming, outgoing]);
    if (!isAnswering) void answerAll();
  };
  const server = createServer({
    requestTimeout: limits.requestMs,
    headersTimeout: limits.requestMs,
    connectionsCheckingInterval: LATE_CHECK_MS,
    // so that requests without a Host header go through `take` too
    requireHostHeader: false,
  });
  server.on("connection", (socket) => connections.add(socket));
  server.on("request", take).on("checkExpectation", take);
  try {
    server.listen(place.port, place.host);
    await once(server, "listening");
  } catch (error) {
    events.close();
    connections.close();
    throw masterErrors.webAddress.from(error, `${hostInUrl(place.host)}:${place.port}`, systemReason(error));
  }
  // such as no free file descriptor for a connection
  server.on("error", (error) => log(`the status page could not accept a connection: ${errorText(error)}`));
  const bound = server.address();
  const port = typeof bound === "object" ? bound?.port : undefined;
  return {
    address: `http://${hostInUrl(place.host)}:${port ?? place.port}/`,
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
