// The faults of the other protocol: what can be in the place of a WebSocket, and the faults of any connection and any
// master's process over MessagePack.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inDays, makeAuthority } from "../support/certificates.ts";
import { type Bench, breaking, closeBench, openBench } from "./bench.ts";
import { type Fault, type Lane, lane } from "./fault.ts";
import { answers, type Conduct, conducts, saysFirst, secures, tunnels } from "./front.ts";
import { processFaults } from "./master-faults.ts";
import { attachFaults, greeting, halfAttached, meets, openPatient, readyFaults } from "./plain-faults.ts";
import { KEEPALIVE, KEEPALIVE_DEADLINE, NO_HOST } from "./watched-worker.ts";

const AT_ONCE_MS = 500;
const FROZEN_MS = (KEEPALIVE + KEEPALIVE_DEADLINE) * 1000;
const SECOND = 1000;
const UNANSWERED = /^connection lost: the master at \S+ has not answered a ping for 1 seconds$/;
const NAMES = { names: "DNS:localhost,IP:127.0.0.1" };

/**
 * Those that are run with all tests. The others have tests of their own against the same code, or differ from PB by nothing
 * that the protocol does.
 */
const FAST =
  /^(502|a redirect|a PB master|closed in the middle of the handshake|an expired certificate|the connection is (closed|reset)|the master is killed)/;

/** As they stand in the table, beside those of PB. */
function overMsgpack<Scene>(faults: readonly Fault<Scene>[]): readonly Fault<Scene>[] {
  return faults.map((fault) => ({
    ...fault,
    stage: `MessagePack, ${fault.stage}`,
    isFast: fault.isFast && FAST.test(fault.fault),
  }));
}

function answered(fault: string, conduct: Conduct, says: RegExp): Fault<Bench> {
  return breaking({ stage: "login", fault, strike: meets(conduct), says, withinMs: AT_ONCE_MS });
}

const login = [
  answered(
    "401 from a server in front of the master, which requires another password",
    answers("HTTP/1.1 401 Unauthorized\r\n\r\n"),
    /^login: unauthorized login; check worker name and password: /,
  ),
  answered("403", answers("HTTP/1.1 403 Forbidden\r\n\r\n"), /^login: .* denies access \(403 Forbidden\)/),
  answered("404, a wrong path", answers("HTTP/1.1 404 Not Found\r\n\r\n"), /^login: .* has no worker endpoint at \/ /),
  answered(
    "502, a load balancer that cannot reach the master",
    answers("HTTP/1.1 502 Bad Gateway\r\n\r\n"),
    /^login: .* cannot reach the master behind it \(502 Bad Gateway\)$/,
  ),
  answered(
    "a redirect",
    answers("HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\n\r\n"),
    /^login: .* redirects to https:\/\/elsewhere\.example\/ \(302 Found\), and workers do not follow/,
  ),
  answered(
    "a web page, as from the master's web server",
    answers("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage"),
    /^login: .* does not accept a WebSocket \(200 OK\)/,
  ),
  answered(
    "a PB master on that port",
    saysFirst(greeting, conducts.saysNothing),
    /^login: the server at \S+ is a Buildbot master's port for protocol 'pb', not for MessagePack/,
  ),
  answered("garbage", conducts.sendsGarbage, /^login: the server at \S+ is not a MessagePack master: it sent /),
  answered(
    "closed immediately",
    conducts.hangsUp,
    /^login: the master at \S+ closed the connection instead of answering$/,
  ),
  answered(
    "closed in the middle of the handshake",
    conducts.hangsUpWhenSpokenTo,
    /^login: the master at \S+ closed the connection instead of answering$/,
  ),
  answered(
    "reset in the middle of the handshake",
    conducts.resetsWhenSpokenTo,
    /^login: the master at \S+ (dropped the connection: .*ECONNRESET|closed the connection)/,
  ),
  breaking({
    stage: "login",
    fault: "a wrong password, corrected later",
    strike({ relay, master }: Bench) {
      master.setPassword("another");
      relay.cut("rst");
    },
    says: /^login: unauthorized login; check worker name and password: /,
    withinMs: AT_ONCE_MS,
  }),
];

const open = () => openBench({ protocol: "msgpack", worker: () => ({}) });

const plainLane = lane({
  title: "MessagePack, a plain connection",
  faults: overMsgpack([...login, ...attachFaults, ...readyFaults]),
  open,
  end: closeBench,
});

const processLane = lane({
  title: "MessagePack, a master's process",
  faults: overMsgpack(processFaults),
  open,
  end: closeBench,
});

interface SecureBench extends Bench {
  readonly root: string;
  readonly authority: ReturnType<typeof makeAuthority>;
}

function inside(fault: string, conduct: (bench: SecureBench) => Conduct, says: RegExp) {
  return breaking<SecureBench>({
    stage: "TLS",
    fault,
    strike(bench) {
      bench.front.conduct = conduct(bench);
      bench.relay.cut("rst");
    },
    says,
    withinMs: AT_ONCE_MS,
  });
}

const secured = [
  inside(
    "an expired certificate, replaced by a good one",
    ({ authority, master }) => secures(master.port, authority.issue("expired", { ...NAMES, until: inDays(-3) })),
    /^TLS: the master's certificate expired on /,
  ),
  inside(
    "the master requires a client certificate, and the worker has none",
    ({ authority, master }) => secures(master.port, authority.issue("strict", NAMES), { requestCert: true }),
    /^TLS: .*requires a client certificate/,
  ),
  inside("a port without TLS", () => answers("HTTP/1.1 400 Bad Request\r\n\r\n"), /^TLS: .* does not speak TLS/),
  breaking<SecureBench>({
    stage: "TLS",
    fault: "the TLS server in front of the master closes the connection",
    strike({ front, relay, authority }) {
      front.conduct = secures(1, authority.issue("alone", NAMES));
      relay.cut("rst");
    },
    says: /^login: the master at \S+ (closed the connection instead of answering$|dropped the connection: )/,
    withinMs: AT_ONCE_MS,
  }),
  breaking<SecureBench>({
    stage: "ready",
    fault: "a network that corrupts encrypted data",
    strike: ({ relay }) => relay.setConditions("toWorker", { corrupts: true }),
    says: /^connection lost: the master at \S+ /,
    withinMs: FROZEN_MS,
  }),
  breaking<SecureBench>({
    stage: "ready",
    fault: "a half-open encrypted connection",
    isFast: false,
    strike: ({ relay }) => relay.cut("silence"),
    says: UNANSWERED,
    withinMs: FROZEN_MS,
    isOver: true,
  }),
];

const securedLane: Lane = lane<SecureBench>({
  title: "MessagePack, a connection with TLS",
  faults: overMsgpack(secured),
  async open() {
    const root = mkdtempSync(join(tmpdir(), "buildhand-fault-wss-"));
    const authority = makeAuthority(root, "ours");
    const good = authority.issue("good", NAMES);
    const bench = await openBench({
      protocol: "msgpack",
      inFront: (port) => secures(port, good),
      worker: (port) => ({
        variables: { ...NO_HOST, connection_string: `'tls:127.0.0.1:${port}:trustRoots=${authority.directory}'` },
      }),
    }).catch((error: unknown) => {
      rmSync(root, { recursive: true });
      throw error;
    });
    return { ...bench, root, authority };
  },
  async end(bench) {
    const ledger = await closeBench(bench);
    rmSync(bench.root, { recursive: true });
    return ledger;
  },
});

const proxied = [
  breaking({
    stage: "proxy",
    fault: "502, it cannot reach the master",
    strike: meets(answers("HTTP/1.1 502 Bad Gateway\r\n\r\n")),
    says: /^proxy: .* cannot reach the master/,
    withinMs: AT_ONCE_MS,
  }),
  breaking({
    stage: "ready",
    fault: "the tunnel is closed",
    strike: ({ relay }: Bench) => relay.cut("fin"),
    says: /^connection lost: the master at \S+ closed the connection$/,
    withinMs: AT_ONCE_MS,
    isOver: true,
  }),
];

const proxiedLane: Lane = lane({
  title: "MessagePack, a connection through a proxy",
  faults: overMsgpack(proxied),
  open: () =>
    openBench({
      protocol: "msgpack",
      inFront: (port) => tunnels(port),
      worker: (port) => ({
        variables: {
          buildmaster_host: "'master.example'",
          proxy_connection_string: `'tcp:host=127.0.0.1:port=${port}:timeout=1'`,
        },
      }),
    }),
  end: closeBench,
});

export const msgpackLanes: readonly Lane[] = [plainLane, processLane, securedLane, proxiedLane];

/** Deadlines of minutes, each on a worker of its own so that they pass at the same time. */
export const patientMsgpackLanes: readonly Lane[] = [
  breaking({
    stage: "login",
    fault: "silence instead of a master",
    isFast: false,
    strike: meets(conducts.saysNothing),
    says: /^login: the master at \S+ has not answered the request for a WebSocket within 30 seconds$/,
    withinMs: 30 * SECOND + AT_ONCE_MS,
  }),
  breaking({
    stage: "login",
    fault: "silence in the middle of the handshake",
    isFast: false,
    strike: meets(answers("HTTP/1.1 101 Switching")),
    says: /^login: the master at \S+ has not answered the request for a WebSocket within 30 seconds$/,
    withinMs: 30 * SECOND + AT_ONCE_MS,
  }),
  breaking({
    stage: "attach",
    fault: "the master accepts the login and does nothing",
    isFast: false,
    prepare: halfAttached,
    strike: () => {},
    says: /^attach: the master at \S+ accepted the login, but has not sent its builders for 60 seconds/,
    withinMs: 60 * SECOND + AT_ONCE_MS,
  }),
].map((fault) =>
  lane({
    title: `MessagePack, ${fault.fault}`,
    faults: overMsgpack([fault]),
    open: () => openPatient("msgpack"),
    end: closeBench,
  }),
);
