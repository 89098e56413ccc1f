// Ways to a real master other than plain TCP, for both workers where both can go them.
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Authority, type CertificatePair, makeAuthority } from "../support/certificates.ts";
import { type Listening, listen, plainServer } from "../support/listening.ts";
import { poll } from "../support/poll.ts";
import { rareTest } from "../support/sized.ts";
import { describeRarelyWithMaster, describeWithMaster } from "./support/availability.ts";
import { printed } from "./support/build-outcome.ts";
import { type MasterDescription, shell } from "./support/description.ts";
import { startMaster, type TestMaster } from "./support/test-master.ts";
import {
  startAttachedWorker,
  startWorker,
  testedKinds,
  type WorkerKind,
  type WorkerOptions,
  workerKinds,
} from "./support/worker-process.ts";

let root: string;
let authority: Authority;
let pair: CertificatePair;
let worker: CertificatePair;

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "buildhand-tls-master-"));
  authority = makeAuthority(root, "private");
  pair = authority.issue("master", { names: "DNS:localhost,IP:127.0.0.1" });
  worker = authority.issue("worker");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function masterOn(pbPort: string, others: Partial<MasterDescription> = {}): Promise<TestMaster> {
  return startMaster({
    ...others,
    pbPort,
    workers: workerKinds.map((name) => ({ name, password: "sekret" })),
    builders: workerKinds.map((name) => ({ name, workers: [name], steps: [shell("say", "echo over TLS")] })),
  });
}

/** Starts a worker of the kind and has it run a build. */
async function builds(kind: WorkerKind, master: TestMaster, options: Omit<WorkerOptions, "name">): Promise<string> {
  const process = await startAttachedWorker(kind, master, { name: kind, ...options });
  const outcome = await master.build(kind);
  expect(printed(outcome, "say")).toContain("over TLS");
  const log = process.log();
  await process.stop();
  await master.workerDetached(kind);
  return log;
}

const sslPort = () => `ssl:PORT:privateKey=${pair.key}:certKey=${pair.cert}:interface=127.0.0.1`;
const endpoint = (text: string) => ({ createOptions: [`--connection-string=${text}`] });

describeWithMaster("a master on a port with TLS", () => {
  let master: TestMaster;
  beforeAll(async () => {
    master = await masterOn(sslPort());
  });
  afterAll(() => master?.end());

  describe.each(testedKinds)("and a %s worker", (kind) => {
    test("that trusts its private authority run a build", async () => {
      await builds(kind, master, endpoint(`TLS:localhost:${master.ports.pb}:trustRoots=${authority.directory}`));
    });

    rareTest("that verifies the authority only run a build", 600_000, async () => {
      await builds(kind, master, endpoint(`ssl:127.0.0.1:${master.ports.pb}:caCertsDir=${authority.directory}`));
    });
  });

  test("and --use-tls run a build once the authority is trusted", async () => {
    const log = await builds("buildhand", master, {
      createOptions: ["--use-tls"],
      tacLines: [`tls_ca_file = '${authority.cert}'`],
    });
    expect(log).not.toMatch(/not verified/);
  });

  rareTest("is not trusted before, and the worker's log says why", 600_000, async () => {
    const process = await startWorker("buildhand", master, { name: "buildhand", createOptions: ["--use-tls"] });
    await poll("the reason", () => /TLS: .*unknown authority \(issuer 'Authority private'\)/.test(process.log()));
    await process.stop();
  });
});

describeRarelyWithMaster("a master that wants certificates of its workers", () => {
  let master: TestMaster;
  beforeAll(async () => {
    master = await masterOn(sslPort(), { workerAuthority: authority.cert });
  });
  afterAll(() => master?.end());

  const verified = () => `tls:localhost:${master.ports.pb}:trustRoots=${authority.directory}`;

  test.each(testedKinds)("and a %s worker that has one run a build", async (kind) => {
    await builds(kind, master, endpoint(`${verified()}:certificate=${worker.cert}:privateKey=${worker.key}`));
  });

  test("does not let a worker in that has none, and the worker's log says why", async () => {
    const process = await startWorker("buildhand", master, { name: "buildhand", ...endpoint(verified()) });
    const reason = /TLS: the master at .* it requires a client certificate/;
    await poll("the reason", () => reason.test(process.log()));
    await process.stop();
  });
});

describeRarelyWithMaster("a master without TLS", () => {
  let master: TestMaster;
  let proxy: Listening;
  const asked: string[] = [];

  beforeAll(async () => {
    master = await masterOn("tcp:PORT:interface=127.0.0.1");
    const server = plainServer((socket) => {
      socket.once("data", (request: Buffer) => {
        asked.push(request.toString("latin1"));
        const onward = connect(master.ports.pb, "127.0.0.1");
        onward.on("error", () => socket.destroy());
        socket.on("close", () => onward.destroy());
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        socket.pipe(onward).pipe(socket);
      });
    });
    proxy = await listen(server);
  });
  afterAll(async () => {
    await proxy?.end();
    await master?.end();
  });

  test.each(testedKinds)("is reached by a %s worker through a proxy, and by a connection string", async (kind) => {
    asked.splice(0);
    await builds(kind, master, { createOptions: [`--proxy-connection-string=tcp:127.0.0.1:${proxy.port}`] });
    expect(asked).toEqual([
      expect.stringMatching(new RegExp(`^CONNECT 127\\.0\\.0\\.1:${master.ports.pb} HTTP/1\\.1\r\n`)),
    ]);
    await builds(kind, master, { port: 1, ...endpoint(`TCP:host=127.0.0.1:port=${master.ports.pb}`) });
    expect(asked).toHaveLength(1);
  });

  test("is told from one with TLS in the worker's log", async () => {
    const process = await startWorker("buildhand", master, { name: "buildhand", createOptions: ["--use-tls"] });
    const sentence = /does not speak TLS \(it sent the greeting of a Buildbot master without TLS\)/;
    await poll("the reason", () => sentence.test(process.log()));
    await process.stop();
  });
});
