// The status page as a server of its own: listens, and ends with all that it holds open.
import { once } from "node:events";
import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { Clock } from "../../base/clock.ts";
import { errors, errorText } from "../../base/errors.ts";
import { systemReason } from "../../base/system-error.ts";
import { LoginDelays } from "../login-delays.ts";
import type { WebConfig } from "../master-config.ts";
import type { MasterView } from "../master-view.ts";
import { hostInUrl } from "./access/origins.ts";
import { Sessions } from "./access/sessions.ts";
import { makeApp } from "./app.ts";
import { Events } from "./events.ts";
import { readStaticFiles } from "./static-files.ts";

const CONNECTIONS_AT_MOST = 256;
/** A request's headers and its form have to be there by then. */
const REQUEST_WITHIN_MS = 30_000;
/** How long answers may take that are on their way when the page ends. */
const LAST_ANSWERS_MS = 1000;

export interface StatusPageOptions {
  readonly view: MasterView;
  readonly config: WebConfig;
  readonly clock: Clock;
  readonly log: (sentence: string) => void;
}

export interface StatusPage {
  /** `http://127.0.0.1:8010/` */
  readonly address: string;
  close(): Promise<void>;
}

/** Throws ERR_WEB_ADDRESS when it cannot listen. */
export async function serveStatusPage({ view, config, clock, log }: StatusPageOptions): Promise<StatusPage> {
  const events = new Events(view, clock);
  const [sessions, loginDelays] = [new Sessions(clock), new LoginDelays(clock)];
  const app = makeApp({ view, config, clock, log, sessions, loginDelays, events, files: readStaticFiles() });
  // Node's own Request and Response are not replaced for all others in this process
  const answer = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const timeouts = { requestTimeout: REQUEST_WITHIN_MS, headersTimeout: REQUEST_WITHIN_MS };
  const server = createServer(timeouts, (incoming, outgoing) => void answer(incoming, outgoing));
  server.maxConnections = CONNECTIONS_AT_MOST;
  try {
    server.listen(config.port, config.host);
    await once(server, "listening");
  } catch (error) {
    events.close();
    throw errors.webAddress.from(error, `${hostInUrl(config.host)}:${config.port}`, systemReason(error));
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
      const impatience = clock.after(LAST_ANSWERS_MS, () => server.closeAllConnections());
      await closed;
      impatience.cancel();
    },
  };
}
