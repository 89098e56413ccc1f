// What people run every day, under a real master, with each worker in turn.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sized } from "../support/sized.ts";
import { describeWithMaster } from "./support/availability.ts";
import { type BuildOutcome, printed } from "./support/build-outcome.ts";
import { builderFor, sameBuilders } from "./support/comparable-build.ts";
import { python, type StepDescription, shell } from "./support/description.ts";
import { processesGone } from "./support/left-processes.ts";
import { createSourceRepository } from "./support/source-repository.ts";
import { startMaster, type TestMaster } from "./support/test-master.ts";
import { startAttachedWorker, testedKinds, type WorkerProcess, workerKinds } from "./support/worker-process.ts";

const BIG_OUTPUT_LINES = sized(60_000, 200_000);

const scenarios = (repository: string): Readonly<Record<string, readonly StepDescription[]>> => ({
  project: [
    shell("clone", ["git", "clone", "--quiet", "--branch", "main", repository, "."], { haltOnFailure: true }),
    shell("configure", ["sh", "configure", "hello"], { haltOnFailure: true }),
    shell("compile", "sh build.sh", { haltOnFailure: true }),
    shell("test", "sh test.sh"),
  ],
  "source-step": [
    { type: "Git", args: { repourl: repository, branch: "main", mode: "incremental", progress: false } },
    shell("configure", ["sh", "configure", "hello"], { haltOnFailure: true }),
    shell("compile", "sh build.sh", { haltOnFailure: true }),
  ],
  failing: [
    shell("prepare", "echo prepared"),
    shell("check", "echo about to fail; exit 3", { haltOnFailure: true }),
    shell("deploy", "echo this must not run"),
    shell("clean up", "echo cleaned up", { alwaysRun: true }),
  ],
  endless: [
    shell("wait forever", 'sleep 600 & echo "running $$ $!"; wait'),
    shell("after it", "echo this must not run"),
  ],
  big: [shell("print", ["seq", "--format=line %.0f of an ordinary length", "1", String(BIG_OUTPUT_LINES)])],
  environment: [
    shell("print", `echo "$GREETING; $JOINED; \${HOME-no home}"`, {
      env: { GREETING: `the language is \${LANG}`, JOINED: ["a", "b"], HOME: null },
    }),
  ],
  directory: [shell("print", "pwd", { workdir: "elsewhere/deep" })],
  stdin: [shell("print", ["cat"], { initialStdin: "first line\nsecond line\n" })],
  idle: [shell("hang", "echo early; sleep 600", { timeout: 2 })],
  missing: [shell("run", ["/nowhere/no-such-program", "argument"])],
  properties: [
    shell("print", ["echo", python('util.Interpolate("%(prop:fruit)s and %(prop:none:-nothing)s")')]),
    { type: "SetPropertyFromCommand", args: { command: "echo from the worker", property: "answer" } },
  ],
});

describeWithMaster("under a real master", () => {
  let scratch: string;
  let master: TestMaster;

  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), "buildhand-scenarios-"));
    const repository = join(scratch, "repository");
    await createSourceRepository(repository);
    master = await startMaster({
      workers: workerKinds.map((kind) => ({ name: kind, password: `${kind}-password` })),
      builders: Object.entries(scenarios(repository)).flatMap(([scenario, steps]) =>
        sameBuilders(scenario, steps, workerKinds),
      ),
    });
  });

  afterAll(async () => {
    await master?.end();
    rmSync(scratch, { recursive: true, force: true });
  });

  describe.each(testedKinds)("the %s worker", (kind) => {
    let worker: WorkerProcess;
    const build = (scenario: string): Promise<BuildOutcome> => master.build(builderFor(scenario, kind));

    beforeAll(async () => {
      worker = await startAttachedWorker(kind, master, {
        name: kind,
        infoFiles: { admin: "Ada <ada@example.invalid>\n", host: "a machine for tests\n" },
      });
    });

    test("attaches and tells the master about itself", async () => {
      const known = await master.worker(kind);
      expect(known.info).toMatchObject({ admin: "Ada <ada@example.invalid>\n", host: "a machine for tests\n" });
      expect(known.info["version"]).toMatch(/^\d+\.\d+/);
      expect(Object.keys(known.commands)).toEqual(expect.arrayContaining(["shell", "mkdir"]));
      expect(known.properties).toMatchObject({ basedir: worker.basedir, system: "posix" });
      expect(known.properties["numcpus"]).toBeGreaterThan(0);
    });

    test("clones, configures, builds and tests a project, with every line in the logs", async () => {
      const outcome = await build("project");
      expect(outcome.result).toBe("success");
      expect(outcome.steps.map((step) => [step.name, step.result])).toEqual([
        ["clone", "success"],
        ["configure", "success"],
        ["compile", "success"],
        ["test", "success"],
      ]);
      const greetings = "hello from part one\nhello from part two\nhello from part three\n";
      expect(printed(outcome, "configure")).toBe("checking for a shell... yes\n");
      expect(printed(outcome, "compile")).toBe(greetings);
      expect(printed(outcome, "test")).toBe(greetings);
      expect(printed(outcome, "test", "stderr")).toBe("3 tests passed\n");
      expect(printed(outcome, "test", "header")).toContain("program finished with exit code 0\n");
    });

    test("clones by a source step, and updates the clone in the next build", async () => {
      expect((await build("source-step")).result).toBe("success");
      const outcome = await build("source-step");
      expect(outcome.result).toBe("success");
      expect(printed(outcome, "git", "header")).toMatch(/git.*fetch/);
    });

    test("skips the rest after a failed step but for the step that always runs", async () => {
      const outcome = await build("failing");
      expect(outcome.result).toBe("failure");
      expect(outcome.steps.map((step) => [step.name, step.result])).toEqual([
        ["prepare", "success"],
        ["check", "failure"],
        ["clean up", "success"],
      ]);
      expect(printed(outcome, "check")).toBe("about to fail\n");
      expect(printed(outcome, "check", "header")).toContain("program finished with exit code 3\n");
    });

    test("kills all processes of a command that the master interrupts", async () => {
      const started = await master.startBuild(builderFor("endless", kind));
      const [, ...pids] = (await started.logLine("wait forever", /^running/)).split(" ").map(Number);
      await started.stop("seen enough");
      const outcome = await started.finished();
      expect(outcome.result).toBe("cancelled");
      expect(outcome.steps.map((step) => step.name)).toEqual(["wait forever"]);
      expect(printed(outcome, "wait forever", "header")).toContain("command interrupted, attempting to kill\n");
      expect(pids).toHaveLength(2);
      await processesGone(pids);
    });

    test(`delivers ${BIG_OUTPUT_LINES} lines complete and in order`, async () => {
      const outcome = await build("big");
      const lines = printed(outcome, "print").trimEnd().split("\n");
      const wrong = lines.findIndex((line, index) => line !== `line ${index + 1} of an ordinary length`);
      expect({ count: lines.length, wrong }).toEqual({ count: BIG_OUTPUT_LINES, wrong: -1 });
    });

    test("gives the command the environment the step asks for", async () => {
      expect(printed(await build("environment"), "print")).toBe("the language is C.UTF-8; a:b; no home\n");
    });

    test("runs the command in the work directory the step asks for", async () => {
      const directory = join(worker.basedir, "directory", "elsewhere", "deep");
      expect(printed(await build("directory"), "print")).toBe(`${directory}\n`);
    });

    test("feeds the command what the step gives it as input, and ends the input", async () => {
      expect(printed(await build("stdin"), "print")).toBe("first line\nsecond line\n");
    });

    test("kills a command that is silent for too long", async () => {
      const outcome = await build("idle");
      expect(outcome.result).toBe("failure");
      expect(printed(outcome, "hang")).toBe("early\n");
      expect(printed(outcome, "hang", "header")).toContain("command timed out: 2 seconds without output running");
    });

    test("reports a program that does not exist as a failed command", async () => {
      const outcome = await build("missing");
      expect(outcome.result).toBe("failure");
      expect(printed(outcome, "run", "stderr")).not.toBe("");
      expect(printed(outcome, "run", "header")).toContain("program finished with exit code 1\n");
    });

    test("takes properties into a command and gives its output back as a property", async () => {
      const outcome = await master.build(builderFor("properties", kind), { properties: { fruit: "pear" } });
      expect(printed(outcome, "print")).toBe("pear and nothing\n");
      expect(outcome.properties["answer"]).toBe("from the worker");
    });
  });
});
