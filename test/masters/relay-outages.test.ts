// What happens to builds when worker or master stop, or sleep, while their line through a relay is down; and TLS between
// them, which the relay carries unread.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Authority, makeAuthority } from "../support/certificates.ts";
import { poll } from "../support/poll.ts";
import { rowsOf } from "../support/sized.ts";
import { describeRarelyWithMaster, describeWithMaster } from "./support/availability.ts";
import { printed } from "./support/build-outcome.ts";
import { type MasterDescription, shell } from "./support/description.ts";
import { type RelayProcess, startRelay } from "./support/relay-process.ts";
import { type Protocol, startMaster, type TestMaster } from "./support/test-master.ts";
import { startAttachedWorker, startWorker, type WorkerOptions, type WorkerProcess } from "./support/worker-process.ts";

const LINES = 40;
const expected = Array.from({ length: LINES }, (_, index) => `line ${index + 1}\n`).join("");
const protocols = rowsOf<Protocol>(["pb", "msgpack"], (protocol) => protocol === "pb");

function masterWith(others: Partial<MasterDescription> = {}): Promise<TestMaster> {
  const say = shell("say", `for n in $(seq ${LINES}); do echo line $n; sleep 0.2; done`);
  return startMaster({
    workers: [{ name: "w1", password: "sekret" }],
    builders: [{ name: "b", workers: ["w1"], steps: [say] }],
    ...others,
  });
}

/** A worker that is ready, with a build of which the master has the first lines. */
async function building(master: TestMaster, { tacLines }: RelayProcess, options: Partial<WorkerOptions>) {
  const worker = await startAttachedWorker("buildhand", master, { name: "w1", tacLines, ...options });
  await poll("the worker to be ready", () => worker.log().includes("worker is ready"));
  const build = await master.startBuild("b");
  await build.logLine("say", /line 3$/);
  return { worker, build };
}

describeWithMaster("an outage between a worker and its relay", () => {
  describe.concurrent.each(protocols)("over %s", (protocol) => {
    let master: TestMaster;
    let relay: RelayProcess;
    let running: WorkerProcess | undefined;
    beforeAll(async () => {
      master = await masterWith();
    });
    beforeEach(async () => {
      relay = await startRelay(master, protocol);
    });
    afterEach(async () => {
      await running?.stop();
      await master.workerDetached("w1");
    });
    afterAll(() => master?.end());

    async function begin(options: Partial<WorkerOptions> = {}) {
      const begun = await building(master, relay, { protocol, ...options });
      running = begun.worker;
      return begun;
    }

    async function outage(options: Partial<WorkerOptions> = {}) {
      const { network } = relay;
      const begun = await begin(options);
      network.refuse();
      network.cut("rst");
      await poll("the outage", () => begun.worker.log().includes("commands continue"));
      return begun;
    }

    test.sequential("through a suspended worker does not end its build", async () => {
      const { worker, build } = await begin();
      worker.signal("SIGSTOP");
      try {
        await poll("the silence", () => relay.output().includes("w1: the line was lost: nothing came for"));
      } finally {
        worker.signal("SIGCONT");
      }
      const { result, steps } = await build.finished();
      expect([result, printed({ steps }, "say")]).toEqual(["success", expected]);
      expect(await build.attempts()).toHaveLength(1);
      expect(relay.output()).toMatch(/w1: resumed after \d+ s/);
    });

    test.sequential("in which the master stops ends the build, which the next master starts again", async () => {
      const { worker, build } = await outage();
      await master.stop();
      await relay.network.accept();
      await poll("the end of the session", () => relay.output().includes("w1: session ended"));
      await poll("the worker to know", () => worker.log().includes("resumed through the relay after"));
      await master.start();
      await master.workerAttached("w1");
      await poll("the second attempt", async () => (await build.attempts())[1]?.result === "success");
      const [first] = await build.attempts();
      expect(first?.result).toBe("retry");
    });

    test.sequential("in which the worker is asked to stop gracefully lets the build end first", async () => {
      const { worker, build } = await outage({ createOptions: ["--allow-shutdown=signal"] });
      worker.signal("SIGHUP");
      await poll("the request", () => worker.log().includes("Initiating shutdown because we got SIGHUP"));
      await relay.network.accept();
      const { result, steps } = await build.finished();
      expect([result, printed({ steps }, "say")]).toEqual(["success", expected]);
      expect(await worker.exited).toEqual({ code: 0, signal: null });
    });
  });
});

describeRarelyWithMaster("TLS to the master through a relay", () => {
  let root: string;
  let authority: Authority;
  let master: TestMaster;
  let relay: RelayProcess;
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), "buildhand-relay-tls-"));
    authority = makeAuthority(root, "private");
    const pair = authority.issue("master", { names: "DNS:localhost" });
    master = await masterWith({ pbPort: `ssl:PORT:privateKey=${pair.key}:certKey=${pair.cert}:interface=127.0.0.1` });
    relay = await startRelay(master, "pb");
  });
  afterAll(async () => {
    await master?.end();
    rmSync(root, { recursive: true });
  });
  const endpoint = (host: string) => [
    `--connection-string=tls:${host}:${master.ports.pb}:trustRoots=${authority.directory}`,
  ];

  test("is verified against the master's name, and survives a lost line", async () => {
    const { worker, build } = await building(master, relay, { createOptions: endpoint("localhost") });
    relay.network.cut("rst");
    const { result, steps } = await build.finished();
    expect([result, printed({ steps }, "say")]).toEqual(["success", expected]);
    expect(worker.log()).toContain("resumed through the relay after");
    await worker.stop();
    await master.workerDetached("w1");
  });

  test("is refused for a certificate with another name", async () => {
    const options = { name: "w1", tacLines: relay.tacLines, createOptions: endpoint("other.example") };
    const worker = await startWorker("buildhand", master, options);
    await poll("the refusal", () => /TLS: .*other\.example/.test(worker.log()));
    await worker.stop();
  });
});
