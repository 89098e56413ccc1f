// Health and metrics over HTTP, on this host only: /healthz, /readyz and /metrics. Loaded only when an address is configured.
import { createServer } from "node:http";
import { systemReason } from "../../base/system-error.ts";
import { metricsText } from "./metrics-text.ts";
import { listenPrivately } from "./private-listener.ts";
import { type ProcessStatus, standingText } from "./process-status.ts";

const MOST_CONNECTIONS = 32;
const HEADER_LIMIT_BYTES = 8 * 1024;
const REQUEST_LIMIT_MS = 5000;

const TEXT = "text/plain; charset=utf-8";

interface Page {
  readonly code: number;
  readonly text: string;
  readonly type?: string;
}

const NOT_FOUND: Page = { code: 404, text: "the pages are /healthz, /readyz and /metrics\n" };
const NOT_ALLOWED: Page = { code: 405, text: "only GET and HEAD are allowed\n" };

/**
 * `address` is the absolute path of a socket, a port of the loopback address, or that with its host. Returns what closes it.
 * The log says why when it cannot listen; workers run on.
 */
export function openHttpListener(
  address: string,
  status: () => ProcessStatus,
  log: (text: string) => void,
): () => void {
  const pages = new Map<string, () => Page>([
    ["/healthz", () => ({ code: 200, text: "ok\n" })],
    ["/readyz", () => readiness(status())],
    ["/metrics", () => ({ code: 200, text: metricsText(status()), type: "text/plain; version=0.0.4; charset=utf-8" })],
  ]);
  const limits = {
    headersTimeout: REQUEST_LIMIT_MS,
    requestTimeout: REQUEST_LIMIT_MS,
    connectionsCheckingInterval: 1000,
    maxHeaderSize: HEADER_LIMIT_BYTES,
  };
  // One request a connection. Its body is not read.
  const server = createServer(limits, ({ method = "", url = "" }, response) => {
    const page = pages.get(url.split("?", 1)[0]!);
    const isAllowed = method === "GET" || method === "HEAD";
    const { code, text, type = TEXT } = isAllowed ? (page?.() ?? NOT_FOUND) : NOT_ALLOWED;
    response.writeHead(code, { "Content-Type": type, "Content-Length": Buffer.byteLength(text), Connection: "close" });
    response.end(method === "HEAD" ? undefined : text);
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.unref();
  const onFailure = (reason: string) => log(`nothing is served on ${address}: ${reason}`);
  if (address.startsWith("/")) listenPrivately(server, address, onFailure);
  else {
    const [, host = "127.0.0.1", port] = /^(?:\[?([^\]]*)\]?:)?(\d+)$/.exec(address) ?? [];
    server.on("error", (error) => onFailure(systemReason(error))).listen(Number(port), host);
  }
  return () => void server.close();
}

function readiness({ workers }: ProcessStatus): Page {
  const isReady = workers.every(({ attached }) => attached);
  const lines = workers.map((worker) => `${worker.name}: ${standingText(worker)}\n`);
  return { code: isReady ? 200 : 503, text: lines.join("") };
}
