// The settings of buildbot.tac that say how a worker keeps its connection, each by what the program does for it.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { FakeMaster, type FakeMasterOptions } from "../support/fake-master.ts";
import { listen, plainServer } from "../support/listening.ts";
import { poll } from "../support/poll.ts";
import { Relay } from "../support/relay.ts";
import { rareTest, rowsOf } from "../support/sized.ts";
import { killWorker, pidOf, run } from "./background-workers.ts";
import {
  type BasedirOptions,
  type Installation,
  install,
  lives,
  logged,
  logOf,
  makeBasedir,
  PASSWORD,
} from "./worker-program.ts";

/** A port without a server: listening there requires privileges. */
const DEAD_PORT = 1;
const EXIT_NO_MASTER = 75;

let installation: Installation;
const started: { end(): Promise<unknown> }[] = [];

beforeAll(() => {
  installation = install();
});
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.end();
});
afterAll(() => installation.remove());

function newBasedir(options: BasedirOptions): string {
  const basedir = makeBasedir(installation.newPath(), options);
  started.push({ end: () => killWorker(basedir) });
  return basedir;
}

async function relayedMaster(options: FakeMasterOptions = {}) {
  const master = await FakeMaster.listen(options);
  started.push({ end: () => master.close() });
  const relay = await Relay.listen({ port: master.port });
  started.push({ end: () => relay.close() });
  return { master, relay };
}

describe("maxretries", () => {
  const lastWords = (failures: string, maxretries: number) => [
    expect.stringMatching(/^TCP: /),
    `giving up after ${failures} (maxretries = ${maxretries}); the worker exits`,
    "Main loop terminated.",
    "Server Shut Down.",
  ];

  const limits: readonly [number, string][] = [
    [1, "the first failure"],
    [3, "3 failures in a row"],
  ];
  it.each(rowsOf(limits, ([maxretries]) => maxretries === 3))(
    "of %i ends the program with an exit code of its own, and the log says why",
    async (maxretries, failures) => {
      const basedir = newBasedir({ port: DEAD_PORT, variables: { maxretries: String(maxretries) } });
      const program = installation.start(["start", "--nodaemon", basedir]);
      expect(await program.ended).toEqual({ code: EXIT_NO_MASTER, signal: null });
      const words = logOf(basedir).filter((line) => !line.startsWith("what to do: port-closed in "));
      expect(words.slice(-4)).toEqual(lastWords(failures, maxretries));
      expect(program.printed + program.complained).toBe("");
    },
  );

  it.each(rowsOf(["None", "0"], (maxretries) => maxretries === "None"))("of %s never ends it", async (maxretries) => {
    const dropping = await listen(plainServer((socket) => void socket.destroy()));
    started.push(dropping);
    const basedir = newBasedir({ port: dropping.port, variables: { maxretries } });
    const program = installation.start(["start", "--nodaemon", basedir]);
    await poll("the twelfth attempt", () => dropping.accepted() >= 12);
    expect(program.child.exitCode).toBeNull();
    program.child.kill("SIGKILL");
    await program.ended;
  });

  it("counts from the last time the worker was attached, and refused logins as well", async () => {
    const passwords = { w1: PASSWORD };
    const { master, relay } = await relayedMaster({ passwords });
    const basedir = newBasedir({ port: relay.port, variables: { maxretries: "4" } });
    const program = installation.start(["start", "--nodaemon", basedir]);
    const attached = await master.nextWorker();
    await logged(basedir, "worker is ready");
    passwords.w1 = `not ${PASSWORD}`;
    attached.socket.destroy();
    expect((await program.ended).code).toBe(EXIT_NO_MASTER);
    expect(relay.connectionsMade).toBe(4);
    expect(logOf(basedir)).toContainEqual(expect.stringMatching(/^connection lost: /));
    expect(logOf(basedir).at(-4)).toMatch(/^login: unauthorized login; check worker name and password/);
  });

  rareTest("ends a worker in the background without leaving a pid file", 180_000, async () => {
    const { master, relay } = await relayedMaster();
    const basedir = newBasedir({ port: relay.port, variables: { maxretries: "2" } });
    expect(await run(installation, ["start", "-q", basedir])).toMatchObject({ code: 0 });
    await master.nextWorker();
    await logged(basedir, "worker is ready");
    const pid = pidOf(basedir);
    await master.close();
    await poll("the worker to end", () => !lives(pid));
    expect(existsSync(join(basedir, "twistd.pid"))).toBe(false);
    expect(logOf(basedir)).toContain("giving up after 2 failures in a row (maxretries = 2); the worker exits");
  });
});

const delays: readonly [string, boolean][] = [
  ["1", false],
  ["0", true],
  ["-5", true],
];
it.each(rowsOf(delays, ([maxdelay]) => maxdelay === "0"))(
  "maxdelay = %s bounds the wait between two attempts by a second: ten of them take no minutes",
  async (maxdelay, isTold) => {
    const { master, relay } = await relayedMaster();
    const basedir = newBasedir({ port: relay.port, variables: { maxdelay } });
    const program = installation.start(["start", "--nodaemon", basedir]);
    await master.nextWorker();
    await master.close();
    await poll("ten attempts", () => relay.connectionsMade >= 10);
    const log = logOf(basedir);
    expect(log.filter((line) => line.startsWith("Scheduling retry")).length).toBeLessThan(10);
    expect(log.join("\n")).toMatch(/Scheduling retry \d+ to connect 127\.0\.0\.1:\d+ in [01]\.\d{3} seconds\./);
    expect(log.includes("maxdelay is below 1 second; using 1")).toBe(isTold);
    program.child.kill("SIGKILL");
    await program.ended;
  },
);

it("keepalive and keepalive_deadline find a frozen master, which is attached to again when it thaws", async () => {
  const { master, relay } = await relayedMaster();
  const basedir = newBasedir({ port: relay.port, variables: { keepalive: "1", keepalive_deadline: "1" } });
  const program = installation.start(["start", "--nodaemon", basedir]);
  await master.nextWorker();
  await logged(basedir, "Master replied to keepalive, everything's fine");
  relay.freeze("toMaster");
  relay.freeze("toWorker");
  await logged(basedir, "has not answered a keepalive for 1 seconds");
  relay.thaw("toMaster");
  relay.thaw("toWorker");
  await master.nextWorker();
  await logged(basedir, "connected again after ");
  program.child.kill("SIGKILL");
  await program.ended;
  expect(readFileSync(join(basedir, "twistd.log"), "utf8")).not.toContain(PASSWORD);
});
