// The buildbot.tac for containers in docs/guide/scaling.md, run as a worker: nothing that it runs or tells has the password.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pidOf, run } from "../daemon/background-workers.ts";
import { type Installation, install, lives } from "../daemon/worker-program.ts";
import { type AttachedWorker, FakeMaster } from "../support/fake-master.ts";
import { poll } from "../support/poll.ts";
import { TACS } from "../support/scaling-page.ts";
import { rareTest } from "../support/sized.ts";

const PASSWORD = "pass-9f3c";
const PTY_PACKAGES = "node_modules/@lydell";
/** So many at once that the launcher is wanted. */
const CROWD = 24;

let installation: Installation;
let master: FakeMaster;

beforeAll(async () => {
  installation = install();
  const place = join(dirname(installation.executable), "..", PTY_PACKAGES);
  if (existsSync(PTY_PACKAGES)) cpSync(PTY_PACKAGES, place, { recursive: true });
  master = await FakeMaster.listen({ passwords: { "w-1": PASSWORD } });
});
afterAll(async () => {
  await installation.remove();
  await master.close();
});

/** A base directory with the page's buildbot.tac, and the environment of its container. */
function container(variables: Readonly<Record<string, string>>) {
  const basedir = installation.newPath();
  mkdirSync(basedir);
  writeFileSync(join(basedir, "password"), `${PASSWORD}\n`, { mode: 0o600 });
  writeFileSync(join(basedir, "buildbot.tac"), (TACS[0] ?? "").replace("'/buildbot'", `'${basedir}'`));
  const environment = { BUILDMASTER: "127.0.0.1", BUILDMASTER_PORT: String(master.port), WORKERNAME: "w-1" };
  return { basedir, environment: { ...environment, ...variables } };
}

/** The names of the variables that the master, the headers and the commands of the worker see. */
async function namesSeen(attached: AttachedWorker, args: Readonly<Record<string, string | boolean>> = {}) {
  const builder = (await attached.setBuilders("b1")).get("b1")!;
  const info = (await attached.call("getWorkerInfo")) as unknown as ReadonlyMap<string, ReadonlyMap<string, string>>;
  const report = await attached.run(builder, "shell", { command: ["/usr/bin/env"], workdir: ".", ...args });
  const told = JSON.stringify([...info].map(([key, value]) => [key, value instanceof Map ? [...value] : value]));
  expect([told, report.text("header"), report.text("stdout")].join("\n")).not.toContain(PASSWORD);
  return {
    facts: [...(info.get("environ")?.keys() ?? [])],
    header: [...report.text("header").matchAll(/^ {2}(\w+)=/gm)].map(([, name]) => name),
    command: [...report.text("stdout").matchAll(/^(\w+)=/gm)].map(([, name]) => name),
  };
}

const SECRET = /^(?:WORKER(?!NAME)|HIDDEN)/;

describe("a worker with the buildbot.tac for containers", () => {
  it("gives no command and no master the password, and what WORKER_ENVIRONMENT_BLACKLIST names, but for a step's own env", async () => {
    const { basedir, environment } = container({
      WORKERPASS: PASSWORD,
      WORKER_ENVIRONMENT_BLACKLIST: "NONE HIDDEN_*  [H]IDDENTOO",
      HIDDEN_ONE: "1",
      HIDDENTOO: "2",
      SHOWN: "3",
    });
    installation.start(["start", "--nodaemon", basedir], { environment });
    const attached = await master.nextWorker();
    for (const args of [{}, { usePTY: true }]) {
      const { facts, header, command } = await namesSeen(attached, args);
      for (const names of [facts, header, command]) {
        expect(names).toContain("SHOWN");
        expect(names.filter((name) => SECRET.test(name ?? ""))).toEqual([]);
      }
    }
    const builder = (await attached.setBuilders("b1")).get("b1")!;
    const env = new Map([["WORKERPASS", "of the step"]]);
    const report = await attached.run(builder, "shell", { command: "echo $WORKERPASS", workdir: ".", env });
    expect(report.text("stdout")).toBe("of the step\n");
    expect(readFileSync(join(basedir, "twistd.log"), "utf8")).not.toContain(PASSWORD);
  });

  const CROWDED = "gives it to none of many commands at once, and by no shell that starts what Node cannot";
  rareTest(CROWDED, 60_000, async () => {
    const { basedir, environment } = container({ WORKERPASS: PASSWORD });
    const latin1 = ["/bin/sh", "-c", "LATIN=$(printf 'x\\351') exec \"$@\"", "sh"];
    installation.start(["start", "--nodaemon", basedir], { environment, under: latin1 });
    const attached = await master.nextWorker();
    const builders = await attached.setBuilders(...Array.from({ length: CROWD }, (_, place) => `b${place}`));
    const printEnvironment = { command: "tr '\\0' '\\n' < /proc/$$/environ", workdir: "." };
    const reports = await Promise.all(
      [...builders.values()].map((builder) => attached.run(builder, "shell", printEnvironment)),
    );
    expect(reports.filter((report) => report.text("stdout").includes("LATIN="))).toHaveLength(CROWD);
    expect(reports.filter((report) => JSON.stringify(report.updates).includes(PASSWORD))).toEqual([]);
  });

  it("takes it from a file, and in the background", async () => {
    const { basedir, environment } = container({ WORKERPASS: "another", HIDDEN: "no" });
    const file = { WORKERPASS_FILE: join(basedir, "password") };
    const started = run(installation, ["start", basedir], { environment: { ...environment, ...file } });
    const attached = await master.nextWorker();
    try {
      await attached.call("print", "attached");
      const { facts, header, command } = await namesSeen(attached);
      for (const names of [facts, header, command]) {
        expect(names.filter((name) => name?.startsWith("WORKER"))).toEqual(["WORKERNAME"]);
      }
      expect((await started).code).toBe(0);
    } finally {
      const pid = pidOf(basedir);
      process.kill(pid, "SIGTERM");
      await poll("the worker to end", () => !lives(pid));
    }
  });
});
