// The same steps on two workers of one master: what the master stores must be equal, line by line. The pair of two
// Python workers shows that the comparison itself is fair.
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeWithMaster } from "./support/availability.ts";
import { printed } from "./support/build-outcome.ts";
import { builderFor, buildOnEach, type ComparableBuild, comparable, sameBuilders } from "./support/comparable-build.ts";
import { python, type StepDescription, shell } from "./support/description.ts";
import { waitFor } from "./support/polling.ts";
import { startMaster, type TestMaster } from "./support/test-master.ts";
import { type Lacking, lacks, startAttachedWorker, type WorkerProcess, workerKinds } from "./support/worker-process.ts";

const scenarios: Readonly<Record<string, readonly StepDescription[]>> = {
  "plain-output": [shell("print", "echo out; echo err >&2")],
  silence: [shell("do nothing", ["true"])],
  "several-steps": [
    shell("first", "echo one > file"),
    shell("fails", "cat file; exit 7", { haltOnFailure: true }),
    shell("not run", "echo never"),
    shell("always", "cat file", { alwaysRun: true }),
  ],
  "no-newline-at-the-end": [shell("print", ["printf", "first\\nsecond"])],
  "empty-lines": [shell("print", ["printf", "\\n\\nthird\\n\\n"])],
  "unicode-and-bytes-that-are-none": [
    shell("print", ["printf", "gr\\303\\274n \\342\\202\\254 \\360\\237\\214\\262 \\377\\n"]),
  ],
  "carriage-returns": [shell("print", ["printf", "10%%\\r20%%\\r100%%\\r\\ndone\\r\\n"])],
  "terminal-sequences": [shell("print", ["printf", "a\\033[2Jb\\033[3;4Hc\\033[ud\\b\\be\\n"])],
  "killed-by-a-signal": [shell("die", "echo so far; kill -9 $$")],
  environment: [shell("print", "env | sort", { env: { ADDED: `yes \${HOME}`, LIST: ["x", "y"], LANG: null } })],
  quoting: [shell("print", ["printf", "%s|", "it's", 'a "quote"', "back\\slash", "new\nline", "", "ü"])],
  "hidden-argument": [shell("print", ["echo", python('("obfuscated", "real", "fake")')], { logEnviron: false })],
  stdin: [shell("print", ["cat"], { initialStdin: "from\nthe master" })],
  "idle-timeout": [shell("hang", "echo early; sleep 600", { timeout: 2 })],
  "longest-time": [shell("hang", "echo early; sleep 600", { maxTime: 2 })],
  "too-many-lines": [shell("print", "seq 1 20; sleep 600", { max_lines: 10 })],
  "log-file": [shell("print", "echo to the log > out.log; echo to stdout", { logfiles: { extra: "out.log" } })],
  "directories-and-properties": [
    { type: "MakeDirectory", args: { dir: "build/deep/er" } },
    shell("fill", "echo content > deep/er/file"),
    { type: "CopyDirectory", args: { src: "build/deep", dest: "build/copy" } },
    { type: "SetPropertyFromCommand", args: { command: ["cat", "copy/er/file"], property: "content" } },
    { type: "FileExists", args: { file: "build/copy/er/file" } },
    { type: "RemoveDirectory", args: { dir: "build/deep" } },
    { type: "FileExists", args: { file: "build/deep" } },
  ],
  transfers: [
    { type: "StringDownload", args: { s: "line one\nline two\n", workerdest: "given" } },
    shell("change", "cat given; tr a-z A-Z < given > changed"),
    {
      type: "FileUpload",
      args: { workersrc: "changed", masterdest: python('util.Interpolate("%(prop:workername)s-up")') },
    },
    { type: "FileUpload", args: { workersrc: "absent", masterdest: "never", haltOnFailure: false } },
    {
      type: "FileDownload",
      args: { mastersrc: python('util.Interpolate("%(prop:workername)s-up")'), workerdest: "back" },
    },
    shell("show", ["cat", "back"]),
  ],
};

const needs: Readonly<Record<string, Lacking>> = {
  "log-file": "log files",
  "directories-and-properties": "file commands",
  transfers: "file commands",
};

/** Workers differ in this on purpose. */
const LONG_LINE = "a-line-longer-than-the-limit";
const longLine = [shell("print", ["printf", "%09999d\\nnext\\n", "7"])];

/** Prints something, says by a file that it did, and never ends. */
const endless = [shell("wait", "echo so far; echo and this >&2; touch arrived; sleep 600")];

async function interrupted(master: TestMaster, worker: WorkerProcess): Promise<ComparableBuild> {
  const build = await master.startBuild(builderFor("endless", worker.name));
  const arrived = join(worker.basedir, "endless", "build", "arrived");
  await waitFor("the command to print", () => (existsSync(arrived) ? true : undefined));
  await build.stop("the test asks for it");
  const outcome = comparable(await build.finished(), worker);
  rmSync(arrived);
  return outcome;
}

const pairs = workerKinds.map((kind) => ({ pair: `python and ${kind}`, kind, name: `other-${kind}` }));

describeWithMaster("stored logs of two workers", () => {
  let master: TestMaster;
  let reference: WorkerProcess;

  beforeAll(async () => {
    const workers = ["reference", ...pairs.map(({ name }) => name)];
    master = await startMaster({
      workers: workers.map((name) => ({ name, password: "password" })),
      builders: Object.entries({ ...scenarios, endless, [LONG_LINE]: longLine }).flatMap(([scenario, steps]) =>
        sameBuilders(scenario, steps, workers),
      ),
    });
    reference = await startAttachedWorker("python", master, { name: "reference" });
  });

  afterAll(async () => {
    await master?.end();
  });

  describe.each(pairs)("$pair", ({ kind, name }) => {
    let other: WorkerProcess;

    beforeAll(async () => {
      other = await startAttachedWorker(kind, master, { name });
    });

    const comparableScenarios = Object.keys(scenarios).filter((scenario) => {
      const needed = needs[scenario];
      return needed === undefined || !lacks(kind, needed);
    });

    test.each(comparableScenarios)("are equal for %s", async (scenario) => {
      const [expected, actual] = await buildOnEach(master, scenario, [reference, other]);
      expect(actual).toEqual(expected);
    });

    test("hold a line of 10 000 characters whole, where the Python worker loses text", async () => {
      const stdout = printed(await master.build(builderFor(LONG_LINE, name)), "print");
      if (kind === "buildhand") expect(stdout).toBe(`${"7".padStart(9999, "0")}\nnext\n`);
      else expect(stdout.length).toBeLessThan(9999);
    });

    test("are equal for an interrupted command", async () => {
      const [expected, actual] = await Promise.all([reference, other].map((worker) => interrupted(master, worker)));
      expect(actual).toEqual(expected);
    });
  });
});
