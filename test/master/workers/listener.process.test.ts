import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect as connectTcp } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { masterErrors } from "../../../src/master/errors.ts";
import { transportErrors } from "../../../src/transport/errors.ts";
import { type Authority, type CertificatePair, contentOf, inDays, makeAuthority } from "../../support/certificates.ts";
import { poll } from "../../support/poll.ts";
import { TestMaster, type TestRegistryOptions } from "./test-registry.ts";

/** What a PB master says first. */
const GREETING = "\u0002\u0080\u0002\u0082pb\u0004\u0082none";

describe("a listener for workers", () => {
  const masters: TestMaster[] = [];
  let root: string;
  let authority: Authority;
  let stranger: Authority;
  let certificate: CertificatePair;

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "buildhand-listener-"));
    authority = makeAuthority(root, "ours");
    stranger = makeAuthority(root, "theirs");
    certificate = authority.issue("master", { names: "DNS:localhost,IP:127.0.0.1" });
  });
  afterAll(() => rmSync(root, { recursive: true }));
  afterEach(async () => {
    for (const master of masters.splice(0)) await master.close();
  });

  async function listen(config: Partial<TestRegistryOptions["config"]> = {}): Promise<TestMaster> {
    const master = await TestMaster.listen({ config: { protocol: "pb", ...config } });
    masters.push(master);
    return master;
  }

  /** The first words inside TLS, or why there were none. */
  function firstWords(port: number, options: ConnectionOptions = {}): Promise<string> {
    return new Promise((resolve) => {
      const ca = [readFileSync(authority.cert)];
      const socket = connectTls({ port, host: "127.0.0.1", servername: "localhost", ca, ...options });
      socket.once("data", (chunk: Buffer) => resolve(chunk.toString("latin1")));
      socket.once("error", (error) => resolve(error.message));
      socket.once("close", () => resolve("closed"));
    });
  }

  const tls = () => ({ certificate: certificate.cert, privateKey: certificate.key });

  it("speaks TLS when it has a certificate", async () => {
    const master = await listen({ tls: tls() });
    expect(await firstWords(master.port)).toBe(GREETING);
  });

  it("accepts only certificates signed by the authorities for workers", async () => {
    const master = await listen({ tls: { ...tls(), clientAuthorities: authority.cert } });
    const worker = contentOf(authority.issue("worker"));
    expect(await firstWords(master.port, worker)).toBe(GREETING);
    for (const options of [
      {},
      contentOf(stranger.issue("other")),
      contentOf(authority.issue("old", { until: inDays(-1) })),
    ]) {
      expect(await firstWords(master.port, options)).not.toBe(GREETING);
    }
    await poll("what is said of them", () => master.log.length === 3);
    const who = /^the worker at 127\.0\.0\.1:\d+ /;
    expect(master.log.map((text) => text.replace(who, "").replace(/; closing.*/, ""))).toEqual([
      "presents no certificate, which this listener requires",
      "presents a certificate that is not trusted (UNABLE_TO_VERIFY_LEAF_SIGNATURE)",
      "presents a certificate that is not trusted (CERT_HAS_EXPIRED)",
    ]);
  });

  it("logs one sentence about a client that does not speak TLS", async () => {
    const master = await listen({ tls: tls() });
    const socket = connectTcp(master.port, "127.0.0.1");
    socket.on("error", () => {}); // as the master pleases
    socket.resume().write("GET / HTTP/1.1\r\n\r\n");
    await new Promise((resolve) => socket.once("close", resolve));
    await poll("the sentence", () => master.log.length === 1);
    expect(master.log[0]).toMatch(/failed the TLS handshake: .*; closing its connection$/);
  });

  it("serves a WebSocket inside TLS as well", async () => {
    const master = await listen({ protocol: "msgpack", tls: tls() });
    const answer = await new Promise<string>((resolve) => {
      const socket = connectTls({ port: master.port, host: "127.0.0.1", rejectUnauthorized: false }, () =>
        socket.write("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"),
      );
      socket.once("data", (chunk: Buffer) => resolve(chunk.toString("latin1")));
    });
    expect(answer).toBe("HTTP/1.1 401 Unauthorized\r\n\r\n");
  });

  it("does not start on a port in use", async () => {
    const { port } = await listen();
    await expect(listen({ port })).rejects.toMatchObject({
      code: masterErrors.listen.code,
      message: expect.stringMatching(/^cannot listen on 127\.0\.0\.1:\d+: .*address already in use/i),
    });
  });

  it("does not start on an address of another host", async () => {
    await expect(listen({ host: "192.0.2.1" })).rejects.toMatchObject({ code: masterErrors.listen.code });
  });

  it("does not start with a key that does not match its certificate, or invalid files", async () => {
    const other = authority.issue("other");
    const nothing = join(root, "nothing.pem");
    writeFileSync(nothing, "nothing\n");
    const wrong = [
      { ...tls(), privateKey: other.key },
      { ...tls(), privateKey: nothing },
      { ...tls(), certificate: nothing },
      { ...tls(), clientAuthorities: join(root, "missing.pem") },
    ];
    for (const files of wrong)
      await expect(listen({ tls: files })).rejects.toMatchObject({ code: transportErrors.tlsFile.code });
  });

  it("closes all connections when it is closed, also unauthenticated ones", async () => {
    const master = await listen();
    const socket = connectTcp(master.port, "127.0.0.1");
    const closed = new Promise((resolve) => socket.once("close", resolve));
    await new Promise((resolve) => socket.once("data", resolve));
    await master.close();
    await closed;
    expect(master.log).toEqual([]);
  });
});
