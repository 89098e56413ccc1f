// The program over MessagePack: every way to the master that PB has, the options that only this protocol has, and its ends.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Authority, makeAuthority } from "../support/certificates.ts";
import { type AttachedMsgpackWorker, FakeMsgpackMaster } from "../support/fake-msgpack-master.ts";
import { lead, listen, listenOverTls, plainServer } from "../support/listening.ts";
import { rareTest } from "../support/sized.ts";
import {
  type Installation,
  install,
  logged,
  logOf,
  makeBasedir,
  PASSWORD,
  type WorkerProgram,
} from "./worker-program.ts";

/** A port without a server: listening there requires privileges. */
const DEAD_PORT = 1;

let installation: Installation;
let root: string;
let authority: Authority;
const started: { end(): Promise<unknown> }[] = [];

beforeAll(() => {
  installation = install();
  root = mkdtempSync(join(tmpdir(), "buildhand-msgpack-"));
  authority = makeAuthority(root, "ours");
});
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.end();
});
afterAll(async () => {
  await installation.remove();
  rmSync(root, { recursive: true });
});

async function listening(): Promise<FakeMsgpackMaster> {
  const master = await FakeMsgpackMaster.listen();
  started.push({ end: () => master.close() });
  return master;
}

interface Way {
  readonly port?: number;
  readonly variables?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** An argument of `Worker`, which has no variable. */
  readonly path?: string;
}

function startWorker({ port = DEAD_PORT, variables = {}, environment = {}, path }: Way) {
  const basedir = makeBasedir(installation.newPath(), {
    port,
    variables: { protocol: "'msgpack_experimental_v7'", ...variables },
  });
  if (path !== undefined) {
    const tac = join(basedir, "buildbot.tac");
    writeFileSync(tac, readFileSync(tac, "utf8").replace("protocol=protocol", `protocol=protocol, path='${path}'`));
  }
  const program = installation.start(["start", "--nodaemon", basedir], { environment });
  started.push({
    end() {
      program.child.kill("SIGKILL");
      return program.ended;
    },
  });
  return { basedir, program };
}

/** The worker, attached and able to run a command. */
async function attached(
  master: FakeMsgpackMaster,
  way: Way,
): Promise<{ basedir: string; program: WorkerProgram; worker: AttachedMsgpackWorker }> {
  const { basedir, program } = startWorker(way);
  const worker = await master.nextWorker();
  await logged(basedir, "Connected to buildmaster; worker is ready");
  const report = await worker.run("shell", { command: "echo ran", workdir: join(basedir, "b1"), logEnviron: false });
  expect(report.text("stdout")).toBe("ran\n");
  expect(readFileSync(join(basedir, "twistd.log"), "utf8")).not.toContain(PASSWORD);
  if (way.variables?.["msgpack_log"] === undefined) expect(messagesIn(basedir)).toEqual([]);
  return { basedir, program, worker };
}

const messagesIn = (basedir: string) => logOf(basedir).filter((line) => /^(<-|->) /.test(line));

async function overTls(port: number): Promise<number> {
  const pair = authority.issue(`front-${port}`, { names: "DNS:localhost,IP:127.0.0.1" });
  const front = await listenOverTls(pair, port);
  started.push(front);
  return front.port;
}

const endpoint = (text: string) => ({ buildmaster_host: "None", port: "None", connection_string: `'${text}'` });

describe("a master for MessagePack is reached", () => {
  it("by host and port, at the path that Worker(...) is given, until the master ends the worker, with exit code 0", async () => {
    const master = await listening();
    const { program, worker } = await attached(master, { port: master.port, path: "ci/workers" });
    expect(master.requests[0]?.url).toBe("/ci/workers");
    expect(master.requests[0]?.headers.host).toBe(`127.0.0.1:${master.port}`);
    expect(await worker.request("shutdown")).toBeNull();
    expect(await program.ended).toEqual({ code: 0, signal: null });
  });

  rareTest("by a connection string for TCP, and for a Unix socket", 180_000, async () => {
    const master = await listening();
    await attached(master, { variables: endpoint(`tcp:127.0.0.1:${master.port}`) });
    const socketPath = join(root, "sock");
    started.push(
      await listen(
        plainServer((socket) => lead(socket, master.port)),
        socketPath,
      ),
    );
    await attached(master, { variables: endpoint(`unix:${socketPath}`) });
    expect(master.requests.at(-1)?.headers.host).toBe("localhost");
  });

  it("inside of TLS, by a connection string or by use_tls, with the other options of TLS", async () => {
    const master = await listening();
    const port = await overTls(master.port);
    await attached(master, { variables: endpoint(`tls:localhost:${port}:trustRoots=${authority.directory}`) });
    expect(master.requests.at(-1)?.headers.host).toBe(`localhost:${port}`);
    await attached(master, { port, variables: { use_tls: "1", tls_ca_file: `'${authority.cert}'` } });
  });

  rareTest("inside of TLS only when it is trusted, and the log says why not", 180_000, async () => {
    const port = await overTls((await listening()).port);
    const { basedir } = startWorker({ port, variables: { use_tls: "1" } });
    await logged(basedir, "TLS: the master's certificate is signed by an unknown authority (issuer 'Authority ours')");
  });

  it("through an HTTP proxy, which knows the master's name", async () => {
    const master = await listening();
    const asked: string[] = [];
    const server = plainServer((socket) => {
      socket.once("data", (request: Buffer) => {
        asked.push(request.toString("latin1").split("\r\n")[0] ?? "");
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        lead(socket, master.port);
      });
    });
    const proxy = await listen(server);
    started.push(proxy);
    const variables = {
      buildmaster_host: "'master.example'",
      proxy_connection_string: `'tcp:127.0.0.1:${proxy.port}'`,
    };
    await attached(master, { port: 9988, variables });
    expect(asked).toEqual(["CONNECT master.example:9988 HTTP/1.1"]);
    expect(master.requests[0]?.headers.host).toBe("master.example:9988");
  });
});

describe("what is set up wrong is told before anything is started:", () => {
  it("a worker's name with a colon, which the protocol has no place for", async () => {
    const { program } = startWorker({ variables: { workername: "'a:b'" } });
    const { code } = await program.ended;
    expect(code).toBe(1);
    expect(program.printed).toContain("workername contains ':', which MessagePack cannot send");
  });

  rareTest("a value that an option has not", 180_000, async () => {
    const { program } = startWorker({ environment: { BUILDHAND_MSGPACK_LOG: "maybe" } });
    const { code } = await program.ended;
    expect(code).toBe(1);
    expect(program.printed).toContain("BUILDHAND_MSGPACK_LOG must be yes or no");
  });
});

describe("options", () => {
  it("log messages without what they carry, or nothing of them", async () => {
    const master = await listening();
    const { basedir } = await attached(master, { port: master.port, variables: { msgpack_log: "'yes'" } });
    const wire = messagesIn(basedir);
    expect(wire.some((line) => line.startsWith('<- {op: "get_worker_info"'))).toBe(true);
    expect(wire.join("\n")).not.toMatch(/echo|ran\b|PATH/);
  });

  rareTest("offer to compress, or do not", 180_000, async () => {
    const master = await listening();
    await attached(master, { port: master.port, environment: { BUILDHAND_MSGPACK_DEFLATE: "yes" } });
    await attached(master, { port: master.port });
    const offers = master.requests.map(({ headers }) => headers["sec-websocket-extensions"]);
    expect(offers).toEqual([expect.stringContaining("permessage-deflate"), undefined]);
  });
});

describe("the worker ends", () => {
  it("gracefully when its commands have ended, since the master cannot be told, and reports it", async () => {
    const master = await listening();
    const { program, worker, basedir } = await attached(master, {
      port: master.port,
      variables: { allow_shutdown: "'signal'", drain_quiet: "'0.1'" },
    });
    const gate = join(basedir, "gate");
    const script = `until test -e ${gate}; do sleep 0.05; done; echo finished`;
    const report = await worker.startCommand("shell", { command: script, workdir: basedir, logEnviron: false });
    program.child.kill("SIGHUP");
    await logged(basedir, "draining: the master does not help (MessagePack has no request for a shutdown)");
    await logged(basedir, "the master may start more builds; waiting for at most 1 h");
    expect(logOf(basedir).filter((line) => line.includes("Telling the master"))).toEqual([]);
    writeFileSync(gate, "");
    await report.completed;
    expect(report.text("stdout")).toBe("finished\n");
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(logOf(basedir).some((line) => line.startsWith("draining: no command has run for 0.1 s"))).toBe(true);
  });

  rareTest("gracefully at the limit, when commands do not end", 180_000, async () => {
    const master = await listening();
    const { program, worker, basedir } = await attached(master, {
      port: master.port,
      variables: { allow_shutdown: "'signal'", drain_limit: "'0.5'" },
    });
    const report = await worker.startCommand("shell", { command: "sleep 600", workdir: basedir, logEnviron: false });
    program.child.kill("SIGHUP");
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(logOf(basedir).some((line) => line.startsWith("draining: the limit of "))).toBe(true);
    expect(report.completions).toBe(0);
  });
});
