// Tunnels through proxies of all kinds, with a master behind them that says hello.
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Endpoint, type TcpEndpoint, verifiedTls } from "../../src/transport/endpoint.ts";
import { type MasterTarget, NO_DEMANDS } from "../../src/transport/master-target.ts";
import { type HttpProxy, readProxy } from "../../src/transport/proxy.ts";
import { HEAD_LIMIT_BYTES } from "../../src/transport/proxy-reply.ts";
import {
  type Authority,
  type CertificatePair,
  type CertificateWish,
  contentOf,
  inDays,
  makeAuthority,
} from "../support/certificates.ts";
import { connected, connecting, failure } from "../support/connecting.ts";
import { type Listening, listen, plainServer, received } from "../support/listening.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { tcpTarget } from "../support/tcp-target.ts";

const ESTABLISHED = "HTTP/1.1 200 Connection established\r\n\r\n";
const MASTER = tcpTarget("master.example", 9989);

let root: string;
let authority: Authority;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "buildhand-proxy-"));
  authority = makeAuthority(root, "ours");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const started: Listening[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.end();
});

interface FakeProxy extends Listening {
  /** What it was asked, as text. */
  readonly asked: () => string;
}

/** A proxy that does this after a complete request. */
async function proxy(answer: (socket: Socket) => void): Promise<FakeProxy> {
  let asked = "";
  const server = plainServer((socket) => {
    const onData = (chunk: Buffer) => {
      asked += chunk.toString("latin1");
      if (!asked.endsWith("\r\n\r\n")) return;
      socket.off("data", onData);
      socket.pause();
      answer(socket);
    };
    socket.on("data", onData);
  });
  const listening = await listen(server);
  started.push(listening);
  return { ...listening, asked: () => asked };
}

/** A proxy that connects everybody to this port. */
function working(port: number): Promise<FakeProxy> {
  return proxy((socket) => {
    const onward = connect(port, "127.0.0.1");
    onward.on("error", () => socket.destroy());
    socket.on("close", () => onward.destroy());
    socket.write(ESTABLISHED);
    socket.pipe(onward).pipe(socket);
  });
}

function through({ port }: Listening, keywords = "", target: MasterTarget = MASTER): MasterTarget {
  const place = { where: "test", directory: root };
  return { ...target, proxy: readProxy(`tcp:127.0.0.1:${port}${keywords}`, place) };
}

async function refused(answer: (socket: Socket) => void, keywords = ""): Promise<string> {
  const server = await proxy(answer);
  const attempt = connecting(through(server, keywords));
  const sentence = await failure(attempt);
  expect(attempt.stages).toEqual(["TCP", "proxy"]);
  expect(sentence).toMatch(/^proxy: [^\n]*$/);
  return sentence.replaceAll(String(server.port), "PORT");
}

async function helloThrough(answer: (socket: Socket) => void): Promise<void> {
  const socket = await connected(connecting(through(await proxy(answer))));
  expect(await received(socket, 5)).toBe("hello");
  socket.destroy();
}

describe("a tunnel", () => {
  it("is asked for with a Host header, by the master's name, which the proxy looks up", async () => {
    const server = await proxy((socket) => socket.write(ESTABLISHED));
    const attempt = connecting(through(server));
    (await connected(attempt)).destroy();
    expect(server.asked()).toBe("CONNECT master.example:9989 HTTP/1.1\r\nHost: master.example:9989\r\n\r\n");
    expect(attempt.stages).toEqual(["TCP", "proxy"]);
    expect(attempt.warnings).toEqual([]);
  });

  it("has IPv6 addresses in brackets", async () => {
    const server = await proxy((socket) => socket.write(ESTABLISHED));
    (await connected(connecting(through(server, "", tcpTarget("::1", 9989))))).destroy();
    expect(server.asked()).toBe("CONNECT [::1]:9989 HTTP/1.1\r\nHost: [::1]:9989\r\n\r\n");
  });

  it("is asked for with the credentials", async () => {
    const server = await proxy((socket) => socket.write(ESTABLISHED));
    (await connected(connecting(through(server, ":user=bot:password=sekret")))).destroy();
    expect(server.asked()).toContain(
      `\r\nProxy-Authorization: Basic ${Buffer.from("bot:sekret").toString("base64")}\r\n\r\n`,
    );
  });

  it("carries bytes both ways", async () => {
    const master = await listen(plainServer((socket) => socket.write("hello").valueOf() && socket.pipe(socket)));
    started.push(master);
    const socket = await connected(connecting(through(await working(master.port))));
    socket.write(" again");
    expect(await received(socket, 11)).toBe("hello again");
    socket.destroy();
  });

  it.each([
    ["HTTP/1.1 200\r\n\r\nhello"],
    ["HTTP/1.0 200 OK\r\nVia: x\r\n\r\nhello"],
    ["HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"],
    ["HTTP/1.1 200 OK\n\nhello"],
  ])("gives the master's words that come with the answer: %j", async (answer) => {
    await helloThrough((socket) => socket.write(answer));
  });

  it("gives the master's words also when the connection ends with them", async () => {
    await helloThrough((socket) => socket.end(`${ESTABLISHED}hello`));
  });

  it.each(Array.from(`${ESTABLISHED}hello`, (_, at) => at))(
    "opens whatever pieces the answer comes in: cut at %i",
    async (at) => {
      const answer = `${ESTABLISHED}hello`;
      await helloThrough((socket) => {
        socket.write(answer.slice(0, at));
        setImmediate(() => socket.write(answer.slice(at)));
      });
    },
  );

  it("opens when each byte comes alone", async () => {
    const bytes = Array.from(`${ESTABLISHED}hello`);
    await helloThrough((socket) => {
      const next = () => {
        const byte = bytes.shift();
        if (byte !== undefined) socket.write(byte, () => setImmediate(next));
      };
      next();
    });
  });
});

describe("TLS through a tunnel", () => {
  async function tlsMaster(wish: CertificateWish = {}): Promise<Listening> {
    const pair = contentOf(authority.issue("master", { names: "DNS:master.example,DNS:localhost", ...wish }));
    const listening = await listen(createTlsServer(pair, (socket) => socket.on("error", () => {}).write("hello")));
    started.push(listening);
    return listening;
  }

  function overTls(endpoint: Endpoint): MasterTarget {
    if (endpoint.kind !== "tcp") throw new Error("expected host and port");
    const demands = { ...NO_DEMANDS, caFile: authority.cert };
    return { ...MASTER, endpoint: verifiedTls(endpoint), tls: demands };
  }

  it("verifies the master's name, not the proxy's", async () => {
    const server = await working((await tlsMaster()).port);
    const attempt = connecting(through(server, "", overTls(MASTER.endpoint)));
    const socket = await connected(attempt);
    expect(await received(socket, 5)).toBe("hello");
    expect(attempt.stages).toEqual(["TCP", "proxy", "TLS"]);
    socket.destroy();
    const elsewhere = overTls({ ...(MASTER.endpoint as TcpEndpoint), host: "other.example" });
    expect(await failure(connecting(through(server, "", elsewhere)))).toMatch(/not for 'other\.example'$/);
  });

  it("recognizes a master without TLS", async () => {
    const greeting = Buffer.from("\x02\x80\x02\x82pb\x04\x82none", "latin1");
    const master = await listen(plainServer((socket) => socket.write(greeting)));
    started.push(master);
    const server = await working(master.port);
    const port = server.accepted;
    expect(await failure(connecting(through(server, "", overTls(MASTER.endpoint))))).toMatch(
      /^TLS: the master at master\.example:9989 does not speak TLS \(it sent the greeting of a Buildbot master without TLS\)$/,
    );
    expect(port()).toBe(2);
  });

  it("does not take words before the handshake for the master's", async () => {
    const server = await proxy((socket) => socket.write(`${ESTABLISHED}no TLS at all\n`));
    const attempt = connecting(through(server, "", overTls(MASTER.endpoint)));
    expect(await failure(attempt)).toMatch(/^TLS: the master at master\.example:9989 does not speak TLS/);
  });

  /** A proxy that speaks TLS with this certificate, and connects everybody to this port. */
  async function tlsProxy(pair: CertificatePair, port: number): Promise<HttpProxy> {
    const server = createTlsServer(contentOf(pair), (socket) => {
      socket.once("data", () => {
        const onward = connect(port, "127.0.0.1");
        socket.write(ESTABLISHED);
        socket.on("error", () => onward.destroy()).on("close", () => onward.destroy());
        socket.pipe(onward).pipe(socket);
      });
    });
    const listening = await listen(server);
    started.push(listening);
    const place = { where: "test", directory: root };
    return readProxy(`tls:127.0.0.1:${listening.port}:trustRoots=ours/trusted`, place);
  }

  it("may go through a proxy that speaks TLS as well", async () => {
    const secure = await tlsProxy(authority.issue("proxy", { names: "IP:127.0.0.1" }), (await tlsMaster()).port);
    const attempt = connecting({ ...overTls(MASTER.endpoint), proxy: secure });
    const socket = await connected(attempt);
    expect(await received(socket, 5)).toBe("hello");
    expect(attempt.stages).toEqual(["TCP", "TLS", "proxy", "TLS"]);
    socket.destroy();
  });

  it("warns which certificate is about to expire: the proxy's, the master's, or both", async () => {
    const clock = new ManualClock();
    clock.advance(Date.now());
    const warnings = async (target: MasterTarget) => {
      const attempt = connecting(target, clock);
      (await connected(attempt)).destroy();
      return attempt.warnings;
    };
    const soon = authority.issue("proxy-soon", { names: "IP:127.0.0.1", until: inDays(3.5) });
    const plain = await listen(plainServer((socket) => socket.write("hello")));
    started.push(plain);
    const proxys = /^the proxy's certificate expires on \S+, in 3 days: renew it$/;
    expect(await warnings({ ...MASTER, proxy: await tlsProxy(soon, plain.port) })).toEqual([
      expect.stringMatching(proxys),
    ]);
    const master = await tlsMaster({ until: inDays(5.5) });
    const late = authority.issue("proxy-late", { names: "IP:127.0.0.1" });
    const masters = /^the master's certificate expires on \S+, in 5 days: renew it$/;
    const throughLate = { ...overTls(MASTER.endpoint), proxy: await tlsProxy(late, master.port) };
    expect(await warnings(throughLate)).toEqual([expect.stringMatching(masters)]);
    clock.advance(24 * 60 * 60 * 1000);
    const throughSoon = { ...overTls(MASTER.endpoint), proxy: await tlsProxy(soon, master.port) };
    expect(await warnings(throughSoon)).toEqual([
      expect.stringMatching(/^the proxy's .*, in 2 days: renew it; the master's .*, in 4 days: renew it$/),
    ]);
  });
});

describe("a proxy that makes no tunnel", () => {
  it.each<[string, (socket: Socket) => void, RegExp]>([
    [
      "wants credentials",
      (socket) => socket.end("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n"),
      /^proxy: the proxy at 127\.0\.0\.1:PORT requires a user name and a password \(407 Proxy Authentication Required\)$/,
    ],
    [
      "cannot reach the master",
      (socket) => socket.write("HTTP/1.1 502 Bad Gateway\r\n\r\n"),
      /cannot reach the master at master\.example:9989 \(502 Bad Gateway\)$/,
    ],
    [
      "redirects",
      (socket) => socket.end("HTTP/1.1 302 Found\r\nLocation: https://x/\r\n\r\n<html>"),
      /redirects to https:\/\/x\/ \(302 Found\)/,
    ],
    [
      "is none",
      (socket) => socket.write("220 mail.example ESMTP\r\n"),
      /^proxy: the server at 127\.0\.0\.1:PORT is not an HTTP proxy: it sent "220 mail\.example ESMTP/,
    ],
    [
      "answers without an end",
      (socket) => socket.write(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(HEAD_LIMIT_BYTES)}`),
      /its answer has no end within 16384 bytes$/,
    ],
    [
      "closes",
      (socket) => socket.end(),
      /^proxy: the proxy at 127\.0\.0\.1:PORT closed the connection without an answer$/,
    ],
    [
      "closes in its answer",
      (socket) => socket.end("HTTP/1.1 200"),
      /closed the connection in the middle of its answer$/,
    ],
    [
      "resets",
      (socket) => socket.resetAndDestroy(),
      /(?:dropped the connection: .*ECONNRESET|closed the connection without an answer)/,
    ],
  ])("and %s is an error", async (_, answer, sentence) => {
    expect(await refused(answer)).toMatch(sentence);
  });

  it("shows no password in messages", async () => {
    const answer = (socket: Socket) => void socket.end("HTTP/1.1 407 No\r\n\r\n");
    const sentence = await refused(answer, ":user=bot:password=sekret");
    expect(sentence).toMatch(/does not accept the user name or password \(407 No\)$/);
    expect(sentence).not.toMatch(/sekret|bot/);
  });

  it("and is silent gets as long as its endpoint says", async () => {
    const server = await proxy(() => {});
    const attempt = connecting(through(server, ":timeout=9"));
    await attempt.reach("proxy");
    attempt.clock.advance(9000);
    expect(await failure(attempt)).toBe(
      `proxy: the proxy at 127.0.0.1:${server.port} has not answered within 9 seconds`,
    );
  });

  it("and is not there fails in the stage TCP", async () => {
    const server = await proxy(() => {});
    await server.end();
    started.pop();
    expect(await failure(connecting(through(server)))).toMatch(
      new RegExp(`^TCP: cannot connect to 127\\.0\\.0\\.1:${server.port}: connection refused \\(ECONNREFUSED`),
    );
  });

  it("is left when the worker stops", async () => {
    const server = await proxy(() => {});
    const attempt = connecting(through(server));
    await attempt.reach("proxy");
    attempt.stop.abort();
    expect(await failure(attempt)).toMatch(/^proxy: aborted/);
  });
});

it("is not used for a socket of this host", async () => {
  const path = join(root, "sock");
  const server = await listen(
    plainServer((socket) => socket.write("hello")),
    path,
  );
  started.push(server);
  const unused = await proxy(() => {});
  const endpoint = { kind: "unix", path, timeoutMs: 1000, lockfile: false } as const;
  const socket = await connected(connecting(through(unused, "", { ...MASTER, endpoint })));
  expect(await received(socket, 5)).toBe("hello");
  socket.destroy();
  await once(socket, "close");
  expect(unused.accepted()).toBe(0);
});
