import { afterEach, describe, expect, test } from "vitest";
import { masterErrors } from "../../src/master/errors.ts";
import { MAX_LOST_TRIES } from "../../src/master/lost-tries.ts";
import type { MasterConfig } from "../../src/master/master-config.ts";
import type { Change } from "../../src/master/master-view.ts";
import { poll } from "../support/poll.ts";
import type { FakeCommand, FakeLink } from "./fake-link.ts";
import { builder, config, retention, shellStep, TestMaster, worker } from "./test-master.ts";

const masters: TestMaster[] = [];

function start(masterConfig: MasterConfig): TestMaster {
  const made = new TestMaster(masterConfig);
  masters.push(made);
  return made;
}

afterEach(async () => {
  for (const master of masters.splice(0)) await master.remove();
});

/** Commands end with these codes, one after the other. */
function answering(...codes: readonly (number | undefined)[]): (command: FakeCommand) => void {
  let next = 0;
  return (command) => command.complete(codes[next++] ?? 0);
}

function nthCommand(link: FakeLink, count: number): Promise<FakeCommand> {
  return poll(`command ${count} of ${link.name}`, () => link.commands[count - 1]);
}

function stepResults(build: { readonly steps: readonly { readonly result: unknown }[] }): readonly unknown[] {
  return build.steps.map(({ result }) => result);
}

describe("a build", () => {
  test("runs its steps in order and succeeds", async () => {
    const made = start(config([builder("b1", [shellStep("compile"), shellStep("test")])]));
    const link = await made.attach({ onCommand: answering(0, 0) });
    made.master.view.force("b1", "because");
    const build = await made.ended("b1", 1);
    expect(build).toMatchObject({ result: "SUCCESS", stateText: "succeeded", worker: "w1", reason: "because" });
    expect(link.commands.map(({ request }) => request.args.get("command"))).toEqual(["make compile", "make test"]);
    expect(link.calls).toEqual(["ping", "startBuild b1"]);
    expect(link.builders).toEqual([{ name: "b1", directory: "b1" }]);
  });

  test("waits while the disk is too full, and starts when there is enough space", async () => {
    const limits = { ...retention(), minFreeBytes: Number.MAX_SAFE_INTEGER };
    const made = start(config([builder("b1", [shellStep("one")])], { retention: limits }));
    await made.attach({ onCommand: answering(0) });
    made.master.view.force("b1", "");
    expect(made.master.view.requests("b1")).toMatchObject([{ waitsFor: "free disk space" }]);
    expect(made.master.view.trouble).toContain("retention: minFreeSpace");
    expect(made.master.view.builds({ builder: "b1", limit: 10 })).toEqual([]);
    limits.minFreeBytes = 0;
    made.clock.advance(5000);
    expect(await made.ended("b1", 1)).toMatchObject({ result: "SUCCESS" });
    expect(made.master.view.trouble).toBeUndefined();
  });

  test("continues after a failure, and is a FAILURE", async () => {
    const made = start(config([builder("b1", [shellStep("one"), shellStep("two")])]));
    await made.attach({ onCommand: answering(2, 0) });
    made.master.view.force("b1", "");
    const build = await made.ended("b1", 1);
    expect(stepResults(build)).toEqual(["FAILURE", "SUCCESS"]);
    expect(build).toMatchObject({ result: "FAILURE", stateText: "'one' failed with exit code 2" });
  });

  test("ends at a failure that halts, except for steps with alwaysRun", async () => {
    const steps = [shellStep("one", { haltOnFailure: true }), shellStep("two"), shellStep("tidy", { alwaysRun: true })];
    const made = start(config([builder("b1", steps)]));
    await made.attach({ onCommand: answering(1, 0) });
    made.master.view.force("b1", "");
    const build = await made.ended("b1", 1);
    expect(stepResults(build)).toEqual(["FAILURE", undefined, "SUCCESS"]);
    expect(build.steps[1]).toMatchObject({ stateText: "not run", startedAtMs: undefined, endedAtMs: undefined });
    expect(build.result).toBe("FAILURE");
  });

  test("maps exit codes to results as its step says", async () => {
    const decodeRC = new Map([
      [3, "SKIPPED"],
      [4, "EXCEPTION"],
    ] as const);
    const made = start(config([builder("b1", [shellStep("one", { decodeRC }), shellStep("two", { decodeRC })])]));
    await made.attach({ onCommand: answering(3, 4) });
    made.master.view.force("b1", "");
    const build = await made.ended("b1", 1);
    expect(stepResults(build)).toEqual(["SKIPPED", "EXCEPTION"]);
    expect(build.result).toBe("EXCEPTION");
  });

  test("is an exception, and nothing else runs, when the worker fails", async () => {
    const made = start(config([builder("b1", [shellStep("one"), shellStep("two")])]));
    await made.attach({ onCommand: (command) => command.end({ type: "failed", reason: "no such command" }) });
    made.master.view.force("b1", "");
    const build = await made.ended("b1", 1);
    expect(stepResults(build)).toEqual(["EXCEPTION", undefined]);
    expect(made.lines(build)).toEqual(["hcould not run: no such command"]);
  });

  test("is a failure when the worker sends no exit code", async () => {
    const made = start(config([builder("b1", [shellStep("one")])]));
    await made.attach({ onCommand: (command) => command.complete(undefined) });
    made.master.view.force("b1", "");
    expect(await made.ended("b1", 1)).toMatchObject({
      result: "FAILURE",
      stateText: "'one' the worker sent no exit code",
    });
  });

  test.each([
    ["timeout_without_output", "no output for 1200 seconds"],
    ["timeout", "it ran longer than 60 seconds"],
    ["max_lines_failure", "it printed more than 10 lines"],
  ] as const)("says why the worker ended a command: %s", async (reason, words) => {
    const made = start(config([builder("b1", [shellStep("one", { maxTime: 60, maxLines: 10 })])]));
    const link = await made.attach();
    made.master.view.force("b1", "");
    const command = await nthCommand(link, 1);
    await command.send({ key: "failure_reason", reason });
    command.complete(-1);
    const build = await made.ended("b1", 1);
    expect(build.steps[0]).toMatchObject({ result: "FAILURE", stateText: `was killed: ${words}` });
  });

  test("stores the output with its streams, and the followed files", async () => {
    const logfiles = new Map([["test.log", { filename: "out/test.log", follow: false }]]);
    const made = start(config([builder("b1", [shellStep("one", { logfiles })])]));
    const link = await made.attach();
    made.master.view.force("b1", "");
    const command = await nthCommand(link, 1);
    await command.print("make one\n", "header");
    await command.print("a\nb\n");
    await command.print("c\n", "stderr");
    await command.send({ key: "log", log: "test.log", text: Buffer.from("from the file\n") });
    await command.send({ key: "log", log: "uninvited", text: Buffer.from("from nowhere\n") });
    command.complete(0);
    const build = await made.ended("b1", 1);
    expect(made.lines(build)).toEqual(["hmake one", "oa", "ob", "ec", "hprogram finished with exit code 0"]);
    expect(made.lines(build, 1, "test.log")).toEqual(["ofrom the file"]);
    expect(build.steps[0]!.logs.map(({ slug, isComplete }) => [slug, isComplete])).toEqual([
      ["stdio", true],
      ["test-log", true],
    ]);
  });

  test("leaves out hidden variables, and nothing else", async () => {
    const hidden = { hiddenVariables: ["*TOKEN"] };
    const made = start(config([builder("b1", [shellStep("one")], hidden)]));
    const link = await made.attach();
    made.master.view.force("b1", "");
    const command = await nthCommand(link, 1);
    await command.print(" environment:\n  A=1\n  MY_TOKEN=s3\n  PWD=/w\n using PTY: False\n", "header");
    await command.print("  MY_TOKEN=printed\n");
    command.complete(0);
    const shown = ["h environment:", "h  A=1", "h  PWD=/w", "h using PTY: False", "o  MY_TOKEN=printed"];
    expect(made.lines(await made.ended("b1", 1)).slice(0, -1)).toEqual(shown);
  });

  test("is an exception when the worker does not support the command of a step", async () => {
    const made = start(config([builder("b1", [{ ...shellStep("clean"), type: "rmdir", path: "build" }])]));
    await made.attach({ commands: new Map([["shell", "3.3"]]) });
    made.master.view.force("b1", "");
    const build = await made.ended("b1", 1);
    expect(build).toMatchObject({ result: "EXCEPTION" });
    expect(made.lines(build)).toEqual(["hthe worker does not support the command rmdir"]);
  });
});

describe("stopping", () => {
  test("interrupts the running step, runs those with alwaysRun, and ends CANCELLED", async () => {
    const steps = [shellStep("one"), shellStep("two"), shellStep("tidy", { alwaysRun: true })];
    const made = start(config([builder("b1", steps)]));
    const link = await made.attach();
    made.master.view.force("b1", "");
    const command = await nthCommand(link, 1);
    made.master.view.stop("b1", 1, "wrong branch");
    expect(command.interrupts).toEqual(["wrong branch"]);
    expect(made.master.view.build("b1", 1)).toMatchObject({ isStopping: true });
    command.complete(-1);
    const tidy = await nthCommand(link, 2);
    expect(tidy.request.args.get("command")).toBe("make tidy");
    tidy.complete(0);
    const build = await made.ended("b1", 1);
    expect(build).toMatchObject({ result: "CANCELLED", stateText: "stopped: wrong branch", isStopping: false });
    expect(stepResults(build)).toEqual(["CANCELLED", undefined, "SUCCESS"]);
  });

  test("closes the connection when the worker does not end the command, and does not retry the build", async () => {
    const made = start(config([builder("b1", [shellStep("one", { sigtermTime: 60 })])]));
    const link = await made.attach();
    made.master.view.force("b1", "");
    await nthCommand(link, 1);
    made.master.view.stop("b1", 1, "enough");
    made.clock.advance(5 * 60_000 + 59_000);
    expect(link.endedBecause).toBeUndefined();
    made.clock.advance(1000);
    expect(link.endedBecause).toContain("did not end a command");
    expect(await made.ended("b1", 1)).toMatchObject({ result: "CANCELLED" });
    expect(made.master.view.requests("b1")).toEqual([]);
  });

  test("a build that has ended or does not exist is refused with a sentence", async () => {
    const made = start(config([builder("b1", [shellStep("one")])]));
    await made.attach({ onCommand: answering(0) });
    made.master.view.force("b1", "");
    await made.ended("b1", 1);
    expect(() => made.master.view.stop("b1", 1, "")).toThrow("cannot stop build 1 of 'b1': it has ended");
    expect(() => made.master.view.stop("b1", 7, "")).toThrow("there is no build 7 of 'b1'");
  });
});

describe("a lost worker", () => {
  test("has its build end RETRY, and its request comes first again", async () => {
    const made = start(config([builder("b1", [shellStep("one")])]));
    const link = await made.attach();
    const first = made.master.view.force("b1", "first");
    await nthCommand(link, 1);
    const second = made.master.view.force("b1", "second");
    link.end("the worker closed the connection");
    expect(await made.ended("b1", 1)).toMatchObject({ result: "RETRY", reason: "first" });
    expect(made.master.view.requests("b1").map(({ id }) => id)).toEqual([first, second]);
    await made.attach({ onCommand: answering(0, 0) });
    expect(await made.ended("b1", 2)).toMatchObject({ result: "SUCCESS", reason: "first" });
    expect(await made.ended("b1", 3)).toMatchObject({ result: "SUCCESS", reason: "second" });
  });

  test("keeps the output of its step", async () => {
    const made = start(config([builder("b1", [shellStep("one")])]));
    const link = await made.attach();
    made.master.view.force("b1", "");
    await (await nthCommand(link, 1)).print("so far\n");
    link.end("the cable was cut");
    expect(made.lines(await made.ended("b1", 1))).toEqual(["oso far", "hthe worker was lost: the cable was cut"]);
  });

  test("that does not answer the ping before a build is disconnected, and no build starts", async () => {
    const made = start(config([builder("b1", [shellStep("one")])]));
    const link = await made.attach();
    link.pings = "refuse";
    made.master.view.force("b1", "");
    await poll("the end of the connection", () => link.endedBecause);
    expect(link.endedBecause).toContain("it did not answer the ping before a build");
    expect(made.master.view.builds({ limit: 10 })).toEqual([]);
    expect(made.master.view.requests("b1")).toMatchObject([{ waitsFor: "a worker to attach" }]);
  });
});

test("a build that loses its worker each time is given up, and the next one starts", async () => {
  const made = start(config([builder("b1", [shellStep("one")])]));
  made.master.view.force("b1", "deadly");
  made.master.view.force("b1", "harmless");
  const lose = async (number: number) => {
    const link = await made.attach();
    await nthCommand(link, 1);
    link.end("the worker closed the connection");
    return made.ended("b1", number);
  };
  for (let number = 1; number < MAX_LOST_TRIES; number++) expect(await lose(number)).toMatchObject({ result: "RETRY" });
  expect(await lose(MAX_LOST_TRIES)).toMatchObject({
    result: "EXCEPTION",
    stateText: "the worker was lost: the worker closed the connection; given up after 10 tries",
  });
  await made.attach({ onCommand: answering(0) });
  expect(await made.ended("b1", MAX_LOST_TRIES + 1)).toMatchObject({ result: "SUCCESS", reason: "harmless" });
  expect(made.master.view.requests("b1")).toEqual([]);
});

describe("rebuilding", () => {
  test("requests a build with the same reason, linked to the first", async () => {
    const made = start(config([builder("b1", [shellStep("one")])]));
    await made.attach({ onCommand: answering(1, 0) });
    made.master.view.force("b1", "nightly");
    await made.ended("b1", 1);
    made.master.view.rebuild("b1", 1);
    expect(await made.ended("b1", 2)).toMatchObject({ reason: "nightly", rebuildOf: 1, result: "SUCCESS" });
    expect(made.master.view.build("b1", 1)).toMatchObject({ rebuildOf: undefined, rebuilds: [2] });
    expect(() => made.master.view.rebuild("b1", 9)).toThrow("there is no build 9 of 'b1'");
  });

  test("a running build is refused", async () => {
    const made = start(config([builder("b1", [shellStep("one")])]));
    const link = await made.attach();
    made.master.view.force("b1", "");
    await nthCommand(link, 1);
    expect(() => made.master.view.rebuild("b1", 1)).toThrow("it still runs");
  });
});

describe("requests", () => {
  test("for a builder without a force scheduler, or an unknown one, are refused", () => {
    const made = start(config([builder("b1", [])], { schedulers: [] }));
    expect(() => made.master.view.force("b1", "")).toThrow(
      "cannot start a build of 'b1': no force scheduler has this builder",
    );
    expect(() => made.master.view.force("nobody", "")).toThrow("there is no builder 'nobody'");
    expect(() => made.master.view.shutDownWorker("w1")).toThrow("cannot shut down worker 'w1': it is not attached");
    expect(() => made.master.view.shutDownWorker("w9")).toThrow("there is no worker 'w9'");
  });

  test("can be cancelled once while they wait", () => {
    const made = start(config([builder("b1", [shellStep("one")])]));
    const id = made.master.view.force("b1", "");
    expect(made.master.view.builder("b1")).toMatchObject({ waitingCount: 1 });
    made.master.view.cancelRequest(id);
    expect(made.master.view.builder("b1")).toMatchObject({ waitingCount: 0 });
    expect(() => made.master.view.cancelRequest(id)).toThrow(masterErrors.notFound(`waiting request ${id}`).message);
  });
});

describe("concurrency", () => {
  test("a builder runs one build at a time on a worker, and a worker at most maxBuilds", async () => {
    const steps = [shellStep("one")];
    const made = start(
      config([builder("b1", steps), builder("b2", steps), builder("b3", steps)], { workers: [worker("w1", 2)] }),
    );
    const link = await made.attach();
    for (const name of ["b1", "b1", "b2", "b3"]) made.master.view.force(name, "");
    const first = await nthCommand(link, 1);
    await nthCommand(link, 2);
    expect(link.commands.map(({ request }) => request.builder)).toEqual(["b1", "b2"]);
    expect(made.master.view.requests("b3")).toMatchObject([{ waitsFor: "worker 'w1'" }]);
    first.complete(0);
    // b3 has not had its turn yet, and b1 has.
    expect((await nthCommand(link, 3)).request.builder).toBe("b3");
  });
});

describe("listeners", () => {
  test("get changes of requests, builds, logs and workers until they unsubscribe, even if another listener fails", async () => {
    const made = start(config([builder("b1", [shellStep("one")])]));
    const changes: Change[] = [];
    made.master.view.watch(() => {
      throw new Error("a watcher that is broken");
    });
    const end = made.master.view.watch((change) => changes.push(change));
    const link = await made.attach();
    made.master.view.force("b1", "");
    const command = await nthCommand(link, 1);
    await command.print("hello\n");
    command.complete(0);
    await made.ended("b1", 1);
    expect(new Set(changes.map(({ type }) => type))).toEqual(new Set(["builder", "build", "log", "worker"]));
    expect(changes).toContainEqual({ type: "log", builder: "b1", number: 1, step: 1, logId: 1 });
    end();
    const count = changes.length;
    made.master.view.force("b1", "");
    expect(changes).toHaveLength(count);
    expect(made.said).toContain("a listener for changes failed: a watcher that is broken");
  });
});

describe("before it is started", () => {
  test("a master accepts workers but builds nothing, and its unfinished builds are not confused", async () => {
    const masterConfig = config([builder("b1", [shellStep("one")])]);
    const made = start(masterConfig);
    await made.restart(masterConfig, { isStarted: false });
    const link = await made.attach({ onCommand: answering(0) });
    made.master.view.force("b1", "early");
    expect(link.commands).toEqual([]);
    made.master.start();
    expect(await made.ended("b1", 1)).toMatchObject({ result: "SUCCESS" });
    expect(made.master.view.builds({ limit: 10 })).toHaveLength(1);
  });
});

describe("a restart", () => {
  test("keeps builds, requests, numbers and facts of workers", async () => {
    const masterConfig = config([builder("b1", [shellStep("one")])]);
    const made = start(masterConfig);
    const link = await made.attach({ onCommand: answering(0), facts: new Map([["admin", "Ada \0 L."]]) });
    made.master.view.force("b1", "built");
    await made.ended("b1", 1);
    link.end("gone");
    await poll("the worker to be away", () => made.master.view.worker("w1")?.state === "away");
    made.master.view.force("b1", "waits");
    await made.restart(masterConfig);
    expect(made.master.view.build("b1", 1)).toMatchObject({ result: "SUCCESS" });
    expect(made.master.view.requests("b1")).toMatchObject([{ reason: "waits" }]);
    expect(made.master.view.worker("w1")).toMatchObject({ state: "away", version: "4.2.1", peer: "127.0.0.1:40000" });
    expect(made.master.view.worker("w1")?.facts).toEqual(new Map([["admin", "Ada \u{fffd} L."]]));
    await made.attach({ onCommand: answering(0) });
    expect(await made.ended("b1", 2)).toMatchObject({ reason: "waits" });
  });

  test("ends running builds RETRY, and builds them again", async () => {
    const masterConfig = config([builder("b1", [shellStep("one")])]);
    const made = start(masterConfig);
    const link = await made.attach();
    made.master.view.force("b1", "interrupted");
    await nthCommand(link, 1);
    await made.restart(masterConfig);
    expect(link.endedBecause).toBe("the master is stopping");
    expect(made.master.view.build("b1", 1)).toMatchObject({ result: "RETRY" });
    await made.attach({ onCommand: answering(0) });
    expect(await made.ended("b1", 2)).toMatchObject({ reason: "interrupted", result: "SUCCESS" });
  });
});
