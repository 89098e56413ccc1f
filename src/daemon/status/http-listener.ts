// Health and metrics over HTTP, on this host only: /healthz, /readyz and /metrics. Loaded where it is asked for.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { systemReason } from "../../base/system-error.ts";
import { metricsText } from "./metrics-text.ts";
import { listenPrivately } from "./private-listener.ts";
import { type ProcessStatus, standingText } from "./process-status.ts";

const MOST_CONNECTIONS = 32;
const HEADER_LIMIT_BYTES = 8 * 1024;
const REQUEST_LIMIT_MS = 5000;
/** Between two looks whether the event loop is late. */
const LOOK_MS = 100;
const SECOND_NS = 1e9;

export interface HttpListenerOptions {
  /** The path of a socket, a port of the loopback address, or that with its host. */
  readonly address: string;
  readonly status: () => ProcessStatus;
  readonly log: (text: string) => void;
}

interface Answer {
  readonly code: number;
  readonly text: string;
}

/** Returns what closes it; that it cannot listen is said in the log, and the workers go on. */
export function openHttpListener({ address, status, log }: HttpListenerOptions): () => void {
  const delays = monitorEventLoopDelay({ resolution: LOOK_MS });
  delays.enable();
  const engineFacts = () => {
    // The histogram has the whole time between two looks.
    const delaySeconds = Math.max(delays.max / SECOND_NS - LOOK_MS / 1000, 0);
    delays.reset();
    return { residentBytes: process.memoryUsage.rss(), delaySeconds };
  };
  const pages: Readonly<Record<string, () => Answer>> = {
    "/healthz": () => ({ code: 200, text: "ok\n" }),
    "/readyz": () => readiness(status()),
    "/metrics": () => ({ code: 200, text: metricsText(status(), engineFacts()) }),
  };
  const limits = {
    headersTimeout: REQUEST_LIMIT_MS,
    requestTimeout: REQUEST_LIMIT_MS,
    connectionsCheckingInterval: 1000,
  };
  const server = createServer({ ...limits, maxHeaderSize: HEADER_LIMIT_BYTES }, (request, response) =>
    answer(request, response, pages),
  );
  server.maxConnections = MOST_CONNECTIONS;
  server.unref();
  const onFailure = (reason: string) => log(`nothing is served on ${address}: ${reason}`);
  const [, host = "127.0.0.1", port] = /^(?:\[?([^\]]*)\]?:)?(\d+)$/.exec(address) ?? [];
  if (port === undefined) listenPrivately(server, address, onFailure);
  else server.on("error", (error) => onFailure(systemReason(error))).listen(Number(port), host);
  return () => {
    delays.disable();
    server.close();
  };
}

function readiness({ workers }: ProcessStatus): Answer {
  const isReady = workers.every(({ attached }) => attached);
  const lines = workers.map((worker) => `${worker.name}: ${standingText(worker)}\n`);
  return { code: isReady ? 200 : 503, text: lines.join("") };
}

/** One request a connection, of which no body is read. */
function answer(
  request: IncomingMessage,
  response: ServerResponse,
  pages: Readonly<Record<string, () => Answer>>,
): void {
  const { method, url = "" } = request;
  const isRead = method === "GET" || method === "HEAD";
  const page = pages[url.split("?", 1)[0]!];
  const { code, text } = isRead
    ? (page?.() ?? { code: 404, text: "there is /healthz, /readyz and /metrics\n" })
    : { code: 405, text: "only GET\n" };
  const type = url.startsWith("/metrics") ? "text/plain; version=0.0.4; charset=utf-8" : "text/plain; charset=utf-8";
  response.writeHead(code, { "Content-Type": type, "Content-Length": Buffer.byteLength(text), Connection: "close" });
  response.end(method === "HEAD" ? undefined : text);
}
