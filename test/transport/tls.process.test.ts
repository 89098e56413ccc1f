// TLS against real servers on loopback, with certificates made for the occasion.
import { X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type TLSSocket, type TlsOptions } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { certificateWarning } from "../../src/transport/certificate-warning.ts";
import { readEndpoint } from "../../src/transport/endpoint-string.ts";
import { type MasterTarget, NO_DEMANDS, type TlsPolicy } from "../../src/transport/master-target.ts";
import {
  type Authority,
  type CertificatePair,
  contentOf,
  inDays,
  inOneFile,
  makeAuthority,
} from "../support/certificates.ts";
import { connected, connecting, failure } from "../support/connecting.ts";
import { type Listening, listen, plainServer, received } from "../support/listening.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { poll } from "../support/poll.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const LOOPBACK = { names: "DNS:localhost,IP:127.0.0.1" };
const UNVERIFIED = /^the master's certificate is not verified/;

let root: string;
let authority: Authority;
let stranger: Authority;
let good: CertificatePair;
let client: CertificatePair;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "buildhand-tls-"));
  authority = makeAuthority(root, "ours");
  stranger = makeAuthority(root, "stranger");
  good = authority.issue("good", LOOPBACK);
  client = authority.issue("client");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const started: { end(): unknown }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.end();
});

/** A server with this certificate that says hello. */
async function serve(pair: CertificatePair, options: TlsOptions = {}): Promise<Listening> {
  const server = createServer({ ...contentOf(pair), ...options }, (socket) => {
    socket.on("error", () => {}); // the worker broke off, as it should
    socket.write("hello\n");
  });
  server.on("tlsClientError", () => {}); // what the server thinks of it is not looked at
  const listening = await listen(server);
  started.push(listening);
  return listening;
}

/** The endpoint of the text, with PORT in the place of the server's. */
function target(text: string, { port }: { readonly port: number }, demands: Partial<TlsPolicy> = {}): MasterTarget {
  const endpoint = readEndpoint(text.replaceAll("PORT", String(port)), { where: "test", directory: root });
  return { endpoint, proxy: undefined, tls: { ...NO_DEMANDS, ...demands }, shown: `127.0.0.1:${port}` };
}

async function hello(to: MasterTarget, warnings: readonly RegExp[] = [], clock = realDate()): Promise<Socket> {
  const attempt = connecting(to, clock);
  const socket = await connected(attempt);
  started.push({ end: () => void socket.destroy() });
  expect(await received(socket, 6)).toBe("hello\n");
  expect(attempt.stages.at(-1)).toBe("TLS");
  expect(attempt.warnings).toEqual(warnings.map((pattern) => expect.stringMatching(pattern)));
  return socket;
}

/** A clock that stands still at the present: certificates are looked at by the date. */
function realDate(ms = Date.now()): ManualClock {
  const clock = new ManualClock();
  clock.advance(ms);
  return clock;
}

async function refused(to: MasterTarget): Promise<string> {
  const attempt = connecting(to, realDate());
  const sentence = await failure(attempt);
  expect(attempt.stages.at(-1)).toBe("TLS");
  expect(sentence).toMatch(/^TLS: [^\n]*$/);
  return sentence;
}

describe("an endpoint tls:", () => {
  it.each([
    ["by the name", "tls:localhost:PORT:trustRoots=ours/trusted"],
    ["by the address", "tls:127.0.0.1:PORT:trustRoots=ours/trusted"],
    [
      "by a name that is looked for elsewhere",
      "tls:localhost:1:trustRoots=ours/trusted:endpoint=tcp\\:127.0.0.1\\:PORT",
    ],
    ["from an address of its own", "tls:localhost:PORT:timeout=7:bindAddress=127.0.0.1:trustRoots=ours/trusted"],
    ["in capital letters and keywords", "TLS:host=localhost:port=PORT:trustRoots=ours/trusted"],
  ])("accepts a certificate of a trusted authority %s", async (_, text) => {
    const socket = (await hello(target(text, await serve(good)))) as TLSSocket;
    expect(socket.authorized).toBe(true);
  });

  it("accepts a certificate for an address whose zone only this host knows", async () => {
    const local = authority.issue("local", { names: "IP:fe80::1" });
    const endpoint = "tls:fe80\\:\\:1%lo:1:trustRoots=ours/trusted:endpoint=tcp\\:127.0.0.1\\:PORT";
    await hello(target(endpoint, await serve(local)));
  });

  it("fails when the certificate cannot be checked", async () => {
    const to = target("tls:localhost:PORT:trustRoots=ours/trusted", await serve(good));
    const { endpoint } = to;
    if (endpoint.kind !== "tls") throw new Error("no TLS");
    // Node.js takes this for an address, and throws when it is given it.
    const terms = { ...endpoint.terms, name: "fe80::1%lo" };
    expect(await refused({ ...to, endpoint: { ...endpoint, terms } })).toMatch(
      /^TLS: the master's certificate cannot be checked: ./,
    );
  });

  it("asks the server for the name", async () => {
    let asked: unknown;
    const server = await serve(good, {
      SNICallback: (name, answer) => {
        asked = name;
        answer(null);
      },
    });
    await hello(target("tls:localhost:PORT:trustRoots=ours/trusted", server));
    expect(asked).toBe("localhost");
  });

  it.each<[string, () => CertificatePair, string, RegExp]>([
    [
      "of an unknown authority",
      () => stranger.issue("unknown", LOOPBACK),
      "tls:localhost:PORT:trustRoots=ours/trusted",
      /^TLS: the master's certificate is signed by an unknown authority \(issuer 'Authority stranger'\)$/,
    ],
    [
      "that the system does not trust",
      () => good,
      "tls:localhost:PORT",
      /^TLS: the master's certificate is signed by an unknown authority \(issuer 'Authority ours'\)$/,
    ],
    [
      "that signed itself",
      () => stranger,
      "tls:localhost:PORT:trustRoots=ours/trusted",
      /^TLS: the master's certificate is self-signed \('Authority stranger'\) and not trusted$/,
    ],
    [
      "that has expired",
      () => authority.issue("expired", { ...LOOPBACK, until: new Date("2026-05-05T12:00:00Z") }),
      "tls:localhost:PORT:trustRoots=ours/trusted",
      /^TLS: the master's certificate expired on 2026-05-05$/,
    ],
    [
      "of an authority that has expired",
      () => makeAuthority(root, "past", { until: inDays(-3) }).issue("of-past", LOOPBACK),
      "tls:localhost:PORT:trustRoots=past/trusted",
      /^TLS: the master's certificate is signed by 'Authority past', whose own certificate expired on \d{4}-\d\d-\d\d$/,
    ],
    [
      "that is not valid yet",
      () => authority.issue("future", { ...LOOPBACK, from: inDays(100) }),
      "tls:localhost:PORT:trustRoots=ours/trusted",
      /^TLS: the master's certificate is not valid before \d{4}-\d\d-\d\d: check the clocks/,
    ],
    [
      "for another name",
      () => authority.issue("other", { names: "DNS:x.example,DNS:*.y.example,IP:10.0.0.1" }),
      "tls:localhost:PORT:trustRoots=ours/trusted",
      /^TLS: the master's certificate is for 'x\.example', '\*\.y\.example', '10\.0\.0\.1', not for 'localhost'$/,
    ],
    [
      "for the name, when the address was asked for",
      () => authority.issue("name", { names: "DNS:localhost" }),
      "tls:127.0.0.1:PORT:trustRoots=ours/trusted",
      /^TLS: the master's certificate is for DNS 'localhost', not for IP Address '127\.0\.0\.1'$/,
    ],
    [
      "with the address only among its names",
      () => authority.issue("named-address", { names: "DNS:127.0.0.1,IP:10.0.0.1" }),
      "tls:127.0.0.1:PORT:trustRoots=ours/trusted",
      /^TLS: the master's certificate is for DNS '127\.0\.0\.1', IP Address '10\.0\.0\.1', not for IP Address '127\.0\.0\.1'$/,
    ],
    [
      "with a name only where names used to be",
      () => authority.issue("localhost"),
      "tls:localhost:PORT:trustRoots=ours/trusted",
      /^TLS: the master's certificate names no host \(it has no subjectAltName\), so it is not for 'localhost'$/,
    ],
  ])("refuses a certificate %s", async (_, pair, text, sentence) => {
    expect(await refused(target(text, await serve(pair())))).toMatch(sentence);
  });

  it("reads only files named *.pem, and says when there are none", async () => {
    mkdirSync(join(root, "unnamed"), { recursive: true });
    writeFileSync(join(root, "unnamed", "ca.crt"), readFileSync(authority.cert));
    const attempt = connecting(target("tls:localhost:PORT:trustRoots=unnamed", await serve(good)), realDate());
    expect(await failure(attempt)).toMatch(/signed by an unknown authority/);
    expect(attempt.warnings).toEqual([expect.stringMatching(/unnamed holds no files named \*\.pem that can be read/)]);
  });

  it("speaks TLS within TLS", async () => {
    const outer = await serve(good);
    const inner = "tls:localhost:1:trustRoots=ours/trusted:endpoint=";
    const attempt = connecting(target(`${inner}tls\\:localhost\\:PORT\\:trustRoots=ours/trusted`, outer), realDate());
    expect(await failure(attempt)).toMatch(/does not speak TLS \(it sent "hello"\)$/);
    expect(attempt.stages).toEqual(["name lookup", "TCP", "TLS", "TLS"]);
  });
});

describe("an endpoint ssl:", () => {
  it("verifies nothing by default, and warns of that once", async () => {
    const anybody = target("ssl:127.0.0.1:PORT", await serve(stranger.issue("anybody")));
    await hello(anybody, [UNVERIFIED]);
    await hello(anybody, []);
  });

  it("accepts, with caCertsDir, any name of a trusted authority", async () => {
    const other = authority.issue("elsewhere", { names: "DNS:elsewhere.example" });
    await hello(target("ssl:127.0.0.1:PORT:caCertsDir=ours/trusted", await serve(other)));
  });

  it.each([
    ["with caCertsDir a stranger's certificate", "caCertsDir=stranger/trusted", /unknown authority/],
    ["with hostname another name", "caCertsDir=ours/trusted:hostname=wrong.example", /not for 'wrong\.example'/],
    ["with hostname alone what the system does not trust", "hostname=localhost", /unknown authority/],
  ])("refuses %s", async (_, keywords, sentence) => {
    expect(await refused(target(`ssl:127.0.0.1:PORT:${keywords}`, await serve(good)))).toMatch(sentence);
  });

  it("accepts the name that hostname gives", async () => {
    await hello(target("ssl:127.0.0.1:PORT:caCertsDir=ours/trusted:hostname=localhost", await serve(good)));
  });
});

describe("what the admin demands", () => {
  it("verifies with tls_verify where the endpoint would not", async () => {
    const server = await serve(good);
    expect(await refused(target("ssl:127.0.0.1:PORT", server, { verify: true }))).toMatch(/unknown authority/);
    await hello(target("ssl:127.0.0.1:PORT", server, { verify: true, caFile: authority.cert }));
    const nameless = "ssl:localhost:PORT:caCertsDir=ours/trusted";
    const named = authority.issue("named", { names: "DNS:named.example" });
    expect(await refused(target(nameless, await serve(named), { verify: true }))).toMatch(/not for 'localhost'/);
  });

  it("verifies with tls_ca_file where the endpoint would not", async () => {
    const other = authority.issue("any-name", { names: "DNS:elsewhere.example" });
    await hello(target("ssl:127.0.0.1:PORT", await serve(other), { caFile: authority.cert }));
    const server = await serve(stranger.issue("impostor", LOOPBACK));
    expect(await refused(target("ssl:127.0.0.1:PORT", server, { caFile: authority.cert }))).toMatch(
      /unknown authority/,
    );
  });

  it("trusts the authorities of tls_ca_file instead of the system's", async () => {
    await hello(target("tls:localhost:PORT", await serve(good), { caFile: authority.cert }));
  });

  it("accepts only the certificate of tls_pin, which is all that ssl: needs", async () => {
    const server = await serve(good);
    const got = new X509Certificate(readFileSync(good.cert)).fingerprint256.replaceAll(":", "").toLowerCase();
    await hello(target("ssl:127.0.0.1:PORT", server, { pin: got }));
    const expected = "ab".repeat(32);
    expect(await refused(target("tls:localhost:PORT:trustRoots=ours/trusted", server, { pin: expected }))).toBe(
      `TLS: the master's certificate is not the pinned one: its SHA-256 is ${got}, expected ${expected}`,
    );
  });
});

describe("a master that requires a client certificate", () => {
  const wants = () => ({ requestCert: true, rejectUnauthorized: true, ca: readFileSync(authority.cert) });

  it.each<[string, () => string]>([
    [
      "tls: with two files",
      () => `tls:localhost:PORT:trustRoots=ours/trusted:certificate=${client.cert}:privateKey=${client.key}`,
    ],
    ["tls: with one file", () => `tls:localhost:PORT:trustRoots=ours/trusted:certificate=${inOneFile(client)}`],
    ["ssl:", () => `ssl:127.0.0.1:PORT:caCertsDir=ours/trusted:certKey=${client.cert}:privateKey=${client.key}`],
  ])("gets it from %s", async (_, text) => {
    await hello(target(text(), await serve(good, wants())));
  });

  it("says so in words behind the handshake", async () => {
    const socket = await connected(
      connecting(target("tls:localhost:PORT:trustRoots=ours/trusted", await serve(good, wants()))),
    );
    const error = await new Promise<Error>((resolve) => socket.once("error", resolve));
    expect(error.message).toBe("TLS: it requires a client certificate; set one in the endpoint string");
  });

  it("says so in words within the handshake of TLS 1.2", async () => {
    const server = await serve(good, { ...wants(), maxVersion: "TLSv1.2" });
    expect(await refused(target("tls:localhost:PORT:trustRoots=ours/trusted", server))).toMatch(
      /the master at localhost:\d+ aborted the handshake: .*client certificate/,
    );
  });
});

describe("what does not speak TLS", () => {
  // The authorities of a system are many.
  beforeAll(() => void vi.stubEnv("SSL_CERT_FILE", authority.cert).stubEnv("SSL_CERT_DIR", authority.directory));
  afterAll(() => void vi.unstubAllEnvs());

  async function plain(greet: (socket: Socket) => void): Promise<Listening> {
    const listening = await listen(plainServer(greet));
    started.push(listening);
    return listening;
  }

  it("is named by its greeting when it is a master without TLS", async () => {
    const server = await plain((socket) => socket.write("\x02\x80\x02\x82pb\x04\x82none", "latin1"));
    expect(await refused(target("tls:localhost:PORT", server))).toBe(
      `TLS: the master at localhost:${server.port} does not speak TLS (it sent the greeting of a Buildbot master without TLS)`,
    );
  });

  it("is asked when it is a web server", async () => {
    const server = await listen(createHttpServer((_, response) => response.end()));
    started.push(server);
    const attempt = connecting(target("tls:localhost:PORT", server));
    await poll("a second connection", () => server.accepted() === 2);
    await poll("the wait for a greeting", () => attempt.clock.timerCount === 2);
    attempt.clock.advance(1000);
    expect(await failure(attempt)).toMatch(/does not speak TLS \(it sent "HTTP\/1\.1 200 OK"\)$/);
  });

  it.each<[string, (socket: Socket) => void]>([
    ["closes at once", (socket) => socket.end()],
    ["closes after the first bytes", (socket) => socket.once("data", () => socket.end())],
    ["resets", (socket) => socket.once("data", () => socket.resetAndDestroy())],
  ])("and %s is said to do so", async (_, greet) => {
    const server = await plain(greet);
    expect(await refused(target("tls:localhost:PORT", server))).toBe(
      `TLS: the master at localhost:${server.port} closed the connection during the handshake`,
    );
  });

  it("and is silent gets as long as the endpoint says", async () => {
    const server = await plain(() => {});
    const attempt = connecting(target("tls:localhost:PORT:timeout=7", server));
    await attempt.reach("TLS");
    attempt.clock.advance(6999);
    expect(attempt.clock.timerCount).toBe(1);
    attempt.clock.advance(1);
    expect(await failure(attempt)).toBe(
      `TLS: the master at localhost:${server.port} has not completed the handshake within 7 seconds`,
    );
  });

  it("is left when the worker stops", async () => {
    const attempt = connecting(target("tls:localhost:PORT", await plain(() => {})));
    await attempt.reach("TLS");
    attempt.stop.abort();
    expect(await failure(attempt)).toMatch(/^TLS: aborted/);
  });

  it("speaks only old versions of TLS", async () => {
    const server = await serve(good, { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" });
    expect(await refused(target("ssl:127.0.0.1:PORT", server))).toMatch(/no TLS version in common/);
  });
});

describe("a certificate that is about to expire", () => {
  it("is warned of while connecting, once a day, and later", async () => {
    const soon = authority.issue("soon", { ...LOOPBACK, until: inDays(13.5) });
    const to = target("tls:localhost:PORT:trustRoots=ours/trusted", await serve(soon));
    const end = new Date(new X509Certificate(readFileSync(soon.cert)).validTo);
    const day = end.toISOString().slice(0, 10);
    const noon = (days: number) => Date.parse(`${day}T12:00:00Z`) - days * DAY_MS;
    const HOUR_MS = DAY_MS / 24;
    const sentence = new RegExp(`^the master's certificate expires on ${day}, in (?:9|10) days: renew it$`);
    const socket = await hello(to, [sentence], realDate(noon(10)));
    await hello(to, [], realDate(noon(10) + 5 * HOUR_MS));
    expect(certificateWarning(socket, noon(10) + 11 * HOUR_MS)).toBe(undefined);
    await hello(to, [/in (?:8|9) days: renew it$/], realDate(noon(9) - 11 * HOUR_MS));
    expect(certificateWarning(socket, noon(9))).toBe(undefined);
    expect(certificateWarning(socket, noon(15))).toBe(undefined);
    expect(certificateWarning(socket, end.getTime() - 1.5 * DAY_MS)).toMatch(/, in 1 day: renew it$/);
    expect(certificateWarning(socket, end.getTime() - 1000)).toMatch(/, in less than a day: renew it$/);
    expect(certificateWarning(socket, end.getTime() + DAY_MS)).toBe(
      `the master's certificate expired on ${day}: the next connection will be refused`,
    );
  });

  it("is warned of when it is only pinned, and goes on to be accepted", async () => {
    const soon = authority.issue("pinned-soon", { until: inDays(3.5) });
    const { fingerprint256: pin, validTo } = new X509Certificate(readFileSync(soon.cert));
    const day = new Date(validTo).toISOString().slice(0, 10);
    const to = target("ssl:127.0.0.1:PORT", await serve(soon), { pin: pin.replaceAll(":", "").toLowerCase() });
    const task = "renew it and update tls_pin";
    const socket = await hello(to, [new RegExp(`^the master's certificate expires on ${day}, in 3 days: ${task}$`)]);
    expect(certificateWarning(socket, Date.parse(validTo) + DAY_MS)).toBe(
      `the master's certificate expired on ${day}: ${task}`,
    );
  });

  it("causes no warning when it is not verified, or when there is no TLS", async () => {
    const gone = authority.issue("gone", { until: inDays(-1) });
    const socket = await hello(target("ssl:127.0.0.1:PORT", await serve(gone)), [UNVERIFIED]);
    expect(certificateWarning(socket, Date.now())).toBe(undefined);
    const server = await listen(plainServer(() => {}));
    started.push(server);
    const plain = await connected(connecting(target("tcp:127.0.0.1:PORT", server)));
    expect(certificateWarning(plain, Date.now())).toBe(undefined);
    plain.destroy();
  });
});
