// Workers that are not to stay: after one build, after a time without one, after a time at all.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { FakeMaster } from "../support/fake-master.ts";
import { FakeMsgpackMaster } from "../support/fake-msgpack-master.ts";
import { poll } from "../support/poll.ts";
import { rareTest } from "../support/sized.ts";
import { type Installation, install, logged, logOf, makeBasedir } from "./worker-program.ts";

const DEAD_PORT = 1;

let installation: Installation;
const closings: (() => unknown)[] = [];

beforeAll(() => {
  installation = install();
});
afterEach(async () => {
  for (const close of closings.splice(0).reverse()) await close();
});
afterAll(() => installation.remove());

function startWorker(port: number, words: readonly string[], variables: Readonly<Record<string, string>> = {}) {
  const basedir = makeBasedir(installation.newPath(), { port, variables });
  const program = installation.start(["start", "--nodaemon", ...words, basedir]);
  closings.push(async () => {
    program.child.kill("SIGKILL");
    await program.ended;
  });
  return { basedir, program };
}

/** Agrees to a shutdown, as a real master does. */
async function agreeingMaster() {
  let requests = 0;
  const master = await FakeMaster.listen({
    onShutdown() {
      requests += 1;
      return null;
    },
  });
  closings.push(() => master.close());
  return { master, requests: () => requests };
}

const GATED = { workdir: ".", logEnviron: false };

/** Runs until `open` is called. */
function gatedCommand(basedir: string) {
  const gate = join(basedir, "gate");
  return { command: `until test -e '${gate}'; do sleep 0.05; done`, open: () => writeFileSync(gate, "") };
}

describe("a worker with --once", () => {
  it("asks for no more builds when one begins, waits for its end as the master tells it, and ends with 0", async () => {
    const { master, requests } = await agreeingMaster();
    const { basedir, program } = startWorker(master.port, ["--once"]);
    const attached = await master.nextWorker();
    const builder = (await attached.setBuilders("b1")).get("b1")!;
    await logged(basedir, "worker is ready");
    expect(requests()).toBe(0);
    await attached.broker.call(builder, "startBuild", []);
    await poll("the question for the end", () => requests() > 0);
    const { command, open } = gatedCommand(basedir);
    // Steps of the same build.
    for (const run of [command, "true"]) {
      const report = await attached.startCommand(builder, "shell", { ...GATED, command: run });
      open();
      await report.completed;
      expect(report.value("rc")).toBe(0);
    }
    expect(program.child.exitCode).toBeNull();
    await attached.call("shutdown").catch(() => undefined); // it may be gone before it answers
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(requests()).toBe(1);
    expect(logOf(basedir).join("\n")).toContain(
      "draining: requested by --once; waiting for running builds, without a time limit",
    );
  });

  rareTest("over MessagePack ends a while after its first command, however long that took", 180_000, async () => {
    const master = await FakeMsgpackMaster.listen();
    closings.push(() => master.close());
    const variables = { protocol: "'msgpack_experimental_v7'", drain_limit: "0.1", drain_quiet: "0.2" };
    const { basedir, program } = startWorker(master.port, ["--once"], variables);
    const attached = await master.nextWorker();
    await logged(basedir, "worker is ready");
    expect(logOf(basedir).join("\n")).not.toContain("draining");
    const { command, open } = gatedCommand(basedir);
    const args = { workdir: basedir, logEnviron: false };
    const report = await attached.startCommand("shell", { ...args, command });
    await logged(basedir, "draining: the master does not help");
    const began = Date.now();
    await poll("more than drain-limit", () => Date.now() - began > 300);
    open();
    await report.completed;
    expect(report.value("rc")).toBe(0);
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(logOf(basedir).filter((text) => text.startsWith("draining: requested by"))).toHaveLength(1);
  });
});

describe("a worker with --idle-timeout", () => {
  rareTest("ends with 0 when nothing has run for so long, also when it never attached", 180_000, async () => {
    const { basedir, program } = startWorker(DEAD_PORT, ["--idle-timeout=0.5"]);
    expect(await program.ended).toEqual({ code: 0, signal: null });
    expect(logOf(basedir).join("\n")).toContain("draining: requested by --idle-timeout");
  });

  it("waits for what runs, and asks the master before it ends", async () => {
    const { master, requests } = await agreeingMaster();
    const { basedir, program } = startWorker(master.port, ["--idle-timeout=1"]);
    const attached = await master.nextWorker();
    const builder = (await attached.setBuilders("b1")).get("b1")!;
    const { command, open } = gatedCommand(basedir);
    const report = await attached.startCommand(builder, "shell", { ...GATED, command });
    const began = Date.now();
    await poll("more than the timeout", () => Date.now() - began > 1500);
    expect(requests()).toBe(0);
    open();
    await report.completed;
    await poll("the question for the end", () => requests() > 0);
    await attached.call("shutdown").catch(() => undefined);
    expect(await program.ended).toEqual({ code: 0, signal: null });
  });
});

it("a worker with --max-uptime takes no more builds when it is over, finishes what runs, and ends with 0", async () => {
  const { master, requests } = await agreeingMaster();
  const { basedir, program } = startWorker(master.port, [], { max_uptime: "0.7" });
  const attached = await master.nextWorker();
  const builder = (await attached.setBuilders("b1")).get("b1")!;
  const { command, open } = gatedCommand(basedir);
  const report = await attached.startCommand(builder, "shell", { ...GATED, command });
  await poll("the question for the end", () => requests() > 0);
  open();
  await report.completed;
  expect(report.value("rc")).toBe(0);
  await attached.call("shutdown").catch(() => undefined);
  expect(await program.ended).toEqual({ code: 0, signal: null });
  expect(readFileSync(join(basedir, "twistd.log"), "utf8")).toContain("draining: requested by --max-uptime");
});
