// Faults of an HTTP proxy between worker and master.
import { type Bench, bearable, breaking, closeBench, openBench } from "./bench.ts";
import { type Lane, lane } from "./fault.ts";
import { answers, type Conduct, conducts, tunnels } from "./front.ts";
import { KEEPALIVE, KEEPALIVE_DEADLINE } from "./watched-worker.ts";

const AT_ONCE_MS = 500;
const TIMEOUT_SECONDS = 1;

function breaks(fault: string, conduct: Conduct, says: RegExp, withinMs = AT_ONCE_MS) {
  return breaking({
    stage: "proxy",
    fault,
    isFast: withinMs === AT_ONCE_MS,
    strike({ relay, front }) {
      front.conduct = conduct;
      relay.cut("rst");
    },
    says,
    withinMs,
  });
}

const faults = [
  breaking({
    stage: "proxy",
    fault: "its port refuses connections",
    strike({ relay }: Bench) {
      relay.refuse();
      relay.cut("rst");
    },
    says: /^TCP: cannot connect to \S+: .*ECONNREFUSED/,
    withinMs: AT_ONCE_MS,
  }),
  breaks(
    "407, it requires a password",
    answers('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n'),
    /^proxy: the proxy at \S+ requires a user name and a password \(407 /,
  ),
  breaks(
    "502, it cannot reach the master",
    answers("HTTP/1.1 502 Bad Gateway\r\n\r\n"),
    /^proxy: .* cannot reach the master/,
  ),
  breaks(
    "403, it does not allow the tunnel",
    answers("HTTP/1.1 403 Forbidden\r\n\r\n"),
    /^proxy: .* does not allow a tunnel/,
  ),
  breaks(
    "302, it redirects to a login page",
    answers("HTTP/1.1 302 Found\r\nLocation: http://portal/\r\n\r\n"),
    /^proxy: .* redirects to /,
  ),
  breaks(
    "silence",
    conducts.saysNothing,
    /^proxy: .* has not answered within 1 seconds/,
    TIMEOUT_SECONDS * 1000 + AT_ONCE_MS,
  ),
  breaks("garbage", conducts.sendsGarbage, /^proxy: the server at \S+ is not an HTTP proxy: /),
  breaks(
    "closed without an answer",
    conducts.hangsUpWhenSpokenTo,
    /^proxy: .* closed the connection without an answer/,
  ),
  breaks(
    "closed in the middle of the answer",
    (socket) => void socket.once("data", () => socket.end("HTTP/1.1 200 Conn")),
    /^proxy: .* closed the connection in the middle of its answer/,
  ),
  breaks("reset", conducts.resetsWhenSpokenTo, /^proxy: .* dropped the connection: .*ECONNRESET/),
  breaking({
    stage: "ready",
    fault: "the tunnel is closed",
    strike: ({ relay }: Bench) => relay.cut("fin"),
    says: /^connection lost: the master at \S+ closed the connection$/,
    withinMs: AT_ONCE_MS,
    isOver: true,
  }),
  breaking({
    stage: "ready",
    fault: "half-open tunnel",
    isFast: false,
    strike: ({ relay }: Bench) => relay.cut("silence"),
    says: /^connection lost: the master at \S+ has not answered a keepalive for 1 seconds$/,
    withinMs: (KEEPALIVE + KEEPALIVE_DEADLINE) * 1000,
    isOver: true,
  }),
  bearable({
    stage: "proxy",
    fault: "its answer comes in single bytes",
    async strike({ relay, front, master, worker }: Bench) {
      front.conduct = tunnels(master.port, 1);
      const since = worker.logEnd;
      relay.cut("rst");
      await worker.says(/worker is ready$/, since);
    },
    what: "connected through it",
    mayReconnect: true,
  }),
];

/** The worker knows the master by a name that only the proxy can look up. */
export const proxyLane: Lane = lane({
  title: "a connection through a proxy",
  faults,
  open: () =>
    openBench({
      inFront: (port) => tunnels(port),
      worker: (port) => ({
        variables: {
          buildmaster_host: "'master.example'",
          proxy_connection_string: `'tcp:host=127.0.0.1:port=${port}:timeout=${TIMEOUT_SECONDS}'`,
        },
      }),
    }),
  end: closeBench,
});
