// Faults of TLS between worker and master: certificates that are not the right ones, and conversations that go wrong.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Authority, type CertificatePair, inDays, makeAuthority } from "../support/certificates.ts";
import { type Bench, bearable, breaking, closeBench, openBench } from "./bench.ts";
import { type Lane, lane } from "./fault.ts";
import { type Conduct, conducts, secures } from "./front.ts";
import { KEEPALIVE, KEEPALIVE_DEADLINE, NO_HOST } from "./watched-worker.ts";

const AT_ONCE_MS = 500;
const TIMEOUT_SECONDS = 1;
const NAMES = { names: "DNS:localhost,IP:127.0.0.1" };

interface TlsBench extends Bench {
  readonly root: string;
  readonly authority: Authority;
  readonly otherAuthority: Authority;
}

function shows(fault: string, certificate: (bench: TlsBench) => CertificatePair, says: RegExp) {
  return breaking<TlsBench>({
    stage: "TLS",
    fault,
    strike(bench) {
      bench.front.conduct = secures(bench.master.port, certificate(bench));
      bench.relay.cut("rst");
    },
    says,
    withinMs: AT_ONCE_MS,
  });
}

function meets(fault: string, conduct: Conduct, says: RegExp, withinMs = AT_ONCE_MS) {
  return breaking<TlsBench>({
    stage: "TLS",
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

const certificates = [
  shows(
    "an expired certificate, replaced by a good one",
    ({ authority }) => authority.issue("expired", { ...NAMES, until: inDays(-3) }),
    /^TLS: the master's certificate expired on /,
  ),
  shows(
    "a certificate that is not valid yet",
    ({ authority }) => authority.issue("early", { ...NAMES, from: inDays(3) }),
    /^TLS: the master's certificate is not valid before /,
  ),
  shows(
    "a certificate for another host",
    ({ authority }) => authority.issue("elsewhere", { names: "DNS:elsewhere.example" }),
    /^TLS: the master's certificate is for DNS 'elsewhere.example', not for /,
  ),
  shows(
    "a self-signed certificate",
    ({ otherAuthority }) => otherAuthority,
    /^TLS: the master's certificate is self-signed /,
  ),
  shows(
    "a certificate of another authority",
    ({ otherAuthority }) => otherAuthority.issue("other", NAMES),
    /^TLS: the master's certificate is signed by an unknown authority /,
  ),
  breaking<TlsBench>({
    stage: "TLS",
    fault: "the master requires a client certificate, and the worker has none",
    strike({ relay, front, master, authority }) {
      front.conduct = secures(master.port, authority.issue("strict", NAMES), { requestCert: true });
      relay.cut("rst");
    },
    says: /^(TLS|login): .*requires a client certificate/,
    withinMs: AT_ONCE_MS,
  }),
  bearable<TlsBench>({
    stage: "TLS",
    fault: "the certificate is replaced by a new one of the same authority",
    async strike({ relay, front, master, worker, authority }) {
      front.conduct = secures(master.port, authority.issue("renewed", NAMES));
      const since = worker.logEnd;
      relay.cut("rst");
      await worker.says(/worker is ready$/, since);
    },
    what: "connected to it",
    mayReconnect: true,
  }),
];

const conversations = [
  meets(
    "silence instead of the handshake",
    conducts.saysNothing,
    /^TLS: the master at \S+ has not completed the handshake within 1 seconds/,
    TIMEOUT_SECONDS * 1000 + AT_ONCE_MS,
  ),
  // It listens to it once more, to show what it says.
  meets(
    "a web server without TLS",
    conducts.speaksHttp,
    /^TLS: the master at \S+ does not speak TLS \(it sent /,
    3_000,
  ),
  meets("garbage instead of the handshake", conducts.sendsGarbage, /^TLS: the master at \S+ does not speak TLS/, 3_000),
  meets("closed in the handshake", conducts.hangsUpWhenSpokenTo, /^TLS: .* closed the connection during the handshake/),
  meets("reset in the handshake", conducts.resetsWhenSpokenTo, /^TLS: the master at \S+/),
  breaking<TlsBench>({
    stage: "ready",
    fault: "a network that corrupts encrypted data",
    strike: ({ relay }) => relay.setConditions("toWorker", { corrupts: true }),
    says: /^connection lost: the master at \S+ /,
    withinMs: (KEEPALIVE + KEEPALIVE_DEADLINE) * 1000,
  }),
  breaking<TlsBench>({
    stage: "ready",
    fault: "a half-open encrypted connection",
    isFast: false,
    strike: ({ relay }) => relay.cut("silence"),
    says: /^connection lost: the master at \S+ has not answered a keepalive for 1 seconds$/,
    withinMs: (KEEPALIVE + KEEPALIVE_DEADLINE) * 1000,
    isOver: true,
  }),
];

/** The worker trusts one authority and checks the name. */
export const tlsLane: Lane = lane<TlsBench>({
  title: "a connection with TLS",
  faults: [...certificates, ...conversations],
  async open() {
    const root = mkdtempSync(join(tmpdir(), "buildhand-fault-tls-"));
    const authority = makeAuthority(root, "ours");
    const otherAuthority = makeAuthority(root, "other");
    const good = authority.issue("good", NAMES);
    const bench = await openBench({
      inFront: (port) => secures(port, good),
      worker: (port) => ({
        variables: {
          ...NO_HOST,
          connection_string: `'tls:127.0.0.1:${port}:trustRoots=${authority.directory}:timeout=${TIMEOUT_SECONDS}'`,
        },
      }),
    }).catch((error: unknown) => {
      rmSync(root, { recursive: true });
      throw error;
    });
    return { ...bench, root, authority, otherAuthority };
  },
  async end(bench) {
    const ledger = await closeBench(bench);
    rmSync(bench.root, { recursive: true });
    return ledger;
  },
});
