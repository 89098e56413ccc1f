// The settings of buildbot.tac that say by which way a worker goes to its master, each by what the program does for it.
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Authority, type CertificatePair, inDays, makeAuthority } from "../support/certificates.ts";
import { FakeMaster } from "../support/fake-master.ts";
import { lead, listen, listenOverTls, plainServer } from "../support/listening.ts";
import { poll } from "../support/poll.ts";
import { rareTest, rowsOf } from "../support/sized.ts";
import { makeSeveral, severalLog } from "./several-tac.ts";
import {
  type Installation,
  install,
  logged,
  logOf,
  makeBasedir,
  PASSWORD,
  type StartOptions,
  type WorkerProgram,
} from "./worker-program.ts";

/** A port without a server: listening there requires privileges. */
const DEAD_PORT = 1;
const UNPRIVILEGED_UID = 65_534;

let installation: Installation;
let root: string;
let authority: Authority;
let pair: CertificatePair;
const started: { end(): Promise<unknown> }[] = [];

beforeAll(() => {
  installation = install();
  root = mkdtempSync(join(tmpdir(), "buildhand-ways-"));
  authority = makeAuthority(root, "ours");
  pair = authority.issue("master", { names: "DNS:localhost,IP:127.0.0.1" });
});
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.end();
});
afterAll(async () => {
  await installation.remove();
  rmSync(root, { recursive: true });
});

async function masterPort(): Promise<{ master: FakeMaster; port: number }> {
  const master = await FakeMaster.listen({ passwords: { w1: PASSWORD, w2: PASSWORD, w3: PASSWORD } });
  started.push({ end: () => master.close() });
  return { master, port: master.port };
}

/** A port that speaks TLS, and behind it this one. */
async function overTls(port: number, certificate = pair): Promise<number> {
  const listening = await listenOverTls(certificate, port);
  started.push(listening);
  return listening.port;
}

interface Way {
  readonly port?: number;
  readonly variables?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
}

function startWorker({ port = DEAD_PORT, variables = {}, environment = {} }: Way) {
  const basedir = makeBasedir(installation.newPath(), { port, variables });
  return { basedir, program: run(basedir, { environment }) };
}

function run(basedir: string, options: StartOptions): WorkerProgram {
  const program = installation.start(["start", "--nodaemon", basedir], options);
  started.push({
    end() {
      program.child.kill("SIGKILL");
      return program.ended;
    },
  });
  return program;
}

async function attaches(way: Way): Promise<readonly string[]> {
  const { basedir } = startWorker(way);
  await logged(basedir, "worker is ready");
  expect(readFileSync(join(basedir, "twistd.log"), "utf8")).not.toContain(PASSWORD);
  return logOf(basedir);
}

/** Of a worker its master's port, if its keywords do not say it, and its keywords. */
type Row = readonly [port: number | undefined, keywords: string];

/** Workers of one process, each by its way. */
async function allAttach(ways: readonly Row[], environment: Readonly<Record<string, string>> = {}): Promise<string> {
  const rows = ways.map(([port, keywords], at) => ({ name: `w${at + 1}`, port, keywords }));
  const directory = makeSeveral(installation.newPath(), rows);
  run(directory, { environment });
  const log = () => severalLog(directory).join("\n");
  const areReady = () => rows.every(({ name }) => log().includes(`${name}: Connected to buildmaster; worker is ready`));
  await poll("all to be ready", areReady, { logs: () => ({ "twistd.log": log() }) });
  return log();
}

const endpoint = (text: string) => ({ buildmaster_host: "None", port: "None", connection_string: `'${text}'` });

describe("use_tls", () => {
  it("connects over TLS to a master whose authority the system trusts, and a certificate that ends soon is warned of", async () => {
    const soon = authority.issue("soon", { names: "IP:127.0.0.1", until: inDays(3) });
    const port = await overTls((await masterPort()).port, soon);
    const environment = { SSL_CERT_FILE: authority.cert, SSL_CERT_DIR: authority.directory };
    const log = await attaches({ port, variables: { use_tls: "1" }, environment });
    expect(log).toContainEqual(expect.stringMatching(/^the master's certificate expires on .*, in 2 days: renew it$/));
  });

  rareTest("does not connect to others, and the log says why", 180_000, async () => {
    const port = await overTls((await masterPort()).port);
    const { basedir } = startWorker({ port, variables: { use_tls: "1" } });
    await logged(basedir, "TLS: the master's certificate is signed by an unknown authority (issuer 'Authority ours')");
  });
});

describe("connection_string", () => {
  it("leads to a master over TCP, TLS or a Unix socket", async () => {
    const { port } = await masterPort();
    const path = join(root, "sock");
    started.push(
      await listen(
        plainServer((socket) => lead(socket, port)),
        path,
      ),
    );
    const secured = `tls:localhost:${await overTls(port)}:trustRoots=${authority.directory}`;
    const endpoints = [`TCP:127.0.0.1:${port}`, secured, `unix:${path}`];
    await allAttach(endpoints.map((text) => [undefined, `connection_string='${text}'`]));
  });

  rareTest("has paths relative to the base directory, wherever the worker is started", 180_000, async () => {
    const { port } = await masterPort();
    const basedir = makeBasedir(installation.newPath(), {
      port: DEAD_PORT,
      variables: endpoint(`tls:localhost:${await overTls(port)}:trustRoots=certs`),
    });
    mkdirSync(join(basedir, "certs"));
    run(basedir, { cwd: "/" });
    await logged(basedir, `${basedir}/certs holds no files named *.pem`);
  });

  rareTest("with a key that the worker's user may not read refuses the start in one sentence", 180_000, async () => {
    const { cert, key } = authority.issue("secret");
    const basedir = makeBasedir(installation.newPath(), {
      port: DEAD_PORT,
      variables: endpoint(`tls:localhost:1:certificate=${cert}:privateKey=${key}`),
    });
    for (const [path, mode] of [
      [join(basedir, "buildbot.tac"), 0o644],
      [root, 0o755],
      [key, 0],
    ] as const) {
      chmodSync(path, mode);
    }
    // Root may read everything.
    const user = process.getuid?.() === 0 ? { uid: UNPRIVILEGED_UID, gid: UNPRIVILEGED_UID } : {};
    const program = run(basedir, user);
    expect((await program.ended).code).toBe(1);
    expect(program.printed).toBe(`${basedir}/buildbot.tac: ${key}: Permission denied\n`);
  });

  it("without verification is warned of once, and tls_verify, tls_ca_file and tls_pin end that", async () => {
    const { port } = await masterPort();
    const secured = await overTls(port);
    const unverified = (log: readonly string[]) => log.filter((line) => line.includes("is not verified")).length;
    expect(unverified(await attaches({ variables: endpoint(`ssl:127.0.0.1:${secured}`) }))).toBe(1);
    const demands = { tls_verify: "True", tls_ca_file: `'${authority.cert}'` };
    expect(unverified(await attaches({ variables: { ...endpoint(`ssl:127.0.0.1:${secured}`), ...demands } }))).toBe(0);
    const environment = { BUILDHAND_TLS_PIN: "ab".repeat(32) };
    const { basedir } = startWorker({ variables: endpoint(`ssl:127.0.0.1:${secured}`), environment });
    await logged(basedir, "TLS: the master's certificate is not the pinned one: its SHA-256 is ");
    expect(unverified(logOf(basedir))).toBe(0);
  });

  rareTest("over ssl: is verified by tls_ca_file alone, which must be there", 180_000, async () => {
    const stranger = makeAuthority(root, "stranger");
    const secured = await overTls((await masterPort()).port, stranger.issue("impostor", { names: "IP:127.0.0.1" }));
    const ssl = endpoint(`ssl:127.0.0.1:${secured}`);
    const { basedir } = startWorker({ variables: { ...ssl, tls_ca_file: `'${authority.cert}'` } });
    await logged(
      basedir,
      "TLS: the master's certificate is signed by an unknown authority (issuer 'Authority stranger')",
    );
    await attaches({ variables: { ...ssl, tls_ca_file: `'${stranger.cert}'` } });
    const { program, basedir: missing } = startWorker({ variables: { ...ssl, tls_ca_file: "'/no/such.pem'" } });
    expect((await program.ended).code).toBe(1);
    expect(program.printed).toBe(`${missing}/buildbot.tac: /no/such.pem: No such file or directory\n`);
  });

  it.each(rowsOf(["tls:localhost:1:trustRoots=", "ssl:localhost:1:caCertsDir="], (_, at) => at === 0))(
    "with %s beside tls_ca_file refuses the start",
    async (text) => {
      const variables = { ...endpoint(`${text}${authority.directory}`), tls_ca_file: `'${authority.cert}'` };
      const { basedir, program } = startWorker({ variables });
      expect((await program.ended).code).toBe(1);
      expect(program.printed).toBe(
        `${basedir}/buildbot.tac: tls_ca_file is set, and the connection string has a directory of authorities too (trustRoots or caCertsDir); expected one of them\n`,
      );
    },
  );

  rareTest("of tcp: beside use_tls connects without TLS, which is warned of", 180_000, async () => {
    const { port } = await masterPort();
    const log = await attaches({ variables: { ...endpoint(`tcp:127.0.0.1:${port}`), use_tls: "1" } });
    expect(log.filter((line) => line.startsWith("use_tls is set, but"))).toEqual([
      expect.stringMatching(/connects without TLS, .*; use tls: instead of tcp:$/),
    ]);
    const plain = await attaches({ variables: endpoint(`tcp:127.0.0.1:${port}`) });
    expect(plain.join("\n")).not.toContain("use_tls");
  });
});

describe("proxy_connection_string", () => {
  async function proxy(): Promise<{ port: number; asked: string[] }> {
    const asked: string[] = [];
    const server = plainServer((socket) => {
      socket.once("data", (request: Buffer) => {
        asked.push(request.toString("latin1"));
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        lead(socket, Number(/CONNECT \S+:(\d+) /.exec(asked.at(-1) ?? "")?.[1]));
      });
    });
    const listening = await listen(server);
    started.push(listening);
    return { port: listening.port, asked };
  }

  it("leads through a proxy, with TLS inside", async () => {
    const { port } = await masterPort();
    const secured = await overTls(port);
    const through = await proxy();
    const proxied = `proxy_connection_string='tcp:127.0.0.1:${through.port}:user=bot:password=hush'`;
    const ways: readonly Row[] = [
      [port, proxied],
      [secured, `${proxied}, useTls=1`],
    ];
    const log = await allAttach(ways, { SSL_CERT_FILE: authority.cert, SSL_CERT_DIR: authority.directory });
    const ends = [port, secured].map((end) => `CONNECT 127.0.0.1:${end} HTTP/1.1`);
    expect(through.asked).toHaveLength(2);
    expect(new Set(through.asked.map((request) => request.split("\r\n")[0]))).toEqual(new Set(ends));
    expect(log).toContain(`w1: Using HTTP tunnel to connect through proxy 127.0.0.1:${through.port}`);
    expect(log).not.toMatch(/hush|bot:/);
  });

  it("of env takes the proxy of the environment, which is never used unasked", async () => {
    const { port } = await masterPort();
    const through = await proxy();
    const environment = {
      HTTPS_PROXY: `http://127.0.0.1:${through.port}`,
      https_proxy: "",
      ALL_PROXY: "http://127.0.0.1:1",
    };
    const ways = ["", "proxy_connection_string='env'"].map((keywords) => [port, keywords] as const);
    const log = await allAttach(ways, environment);
    expect(log.match(/^.*: Using HTTP tunnel/gm)).toEqual(["w2: Using HTTP tunnel"]);
    const without = [{ ...environment, NO_PROXY: "127.0.0.0/8" }, {}];
    for (const direct of rowsOf(without, (_, at) => at === 0)) {
      const said = await attaches({ port, variables: { proxy_connection_string: "'env'" }, environment: direct });
      expect(said.join("\n")).toContain(`no proxy for 127.0.0.1:${port} in the environment: connecting without one`);
    }
    expect(through.asked).toHaveLength(1);
  });

  rareTest("of a proxy that refuses is tried again, and the log says why", 180_000, async () => {
    const server = plainServer((socket) => socket.once("data", () => socket.end("HTTP/1.1 407 No\r\n\r\n")));
    const listening = await listen(server);
    started.push(listening);
    const { basedir } = startWorker({ variables: { proxy_connection_string: `'tcp:127.0.0.1:${listening.port}'` } });
    await logged(
      basedir,
      `proxy: the proxy at 127.0.0.1:${listening.port} requires a user name and a password (407 No)`,
    );
    await logged(basedir, "Scheduling retry 1 to connect");
  });
});
