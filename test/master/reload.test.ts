// Another configuration for a running master: nothing that runs is ended, and workers get their new lists of builders.
import { afterEach, expect, test } from "vitest";
import type { MasterConfig } from "../../src/master/master-config.ts";
import { poll } from "../support/poll.ts";
import { FakeLink } from "./fake-link.ts";
import { builder, config, shellStep, TestMaster, triggering, worker } from "./test-master.ts";

const masters: TestMaster[] = [];

function start(masterConfig: MasterConfig): TestMaster {
  const made = new TestMaster(masterConfig);
  masters.push(made);
  return made;
}

afterEach(async () => {
  for (const master of masters.splice(0)) await master.remove();
});

const steps = [shellStep("one")];

async function runningBuild(made: TestMaster, name: string): Promise<FakeLink> {
  const link = await made.attach();
  made.master.view.force(name, "");
  await poll("the command", () => link.commands[0]);
  return link;
}

test("a new builder runs on a worker that is attached, once that has accepted it", async () => {
  const made = start(config([builder("a", steps)]));
  const link = await made.attach({ onCommand: (command) => command.complete(0) });
  made.master.reconfigure(config([builder("a", steps), builder("b", steps)], { title: "Other" }));
  expect(made.master.view.title).toBe("Other");
  made.master.view.force("b", "");
  expect(await made.ended("b", 1)).toMatchObject({ result: "SUCCESS" });
  expect(link.builders).toEqual([
    { name: "a", directory: "a" },
    { name: "b", directory: "b" },
  ]);
});

test("a build whose builder is removed ends with its own steps, and the worker keeps it until then", async () => {
  const made = start(config([builder("a", [...steps, shellStep("two")])]));
  const link = await runningBuild(made, "a");
  made.master.reconfigure(config([builder("b", steps)]));
  await poll("the list", () => link.builders?.length === 2);
  expect(link.builders?.map(({ name }) => name)).toEqual(["a", "b"]);
  link.commands[0]?.complete(0);
  await poll("the second step", () => link.commands[1]);
  link.commands[1]?.complete(0);
  expect(await made.ended("a", 1)).toMatchObject({ result: "SUCCESS" });
  await poll("the shorter list", () => link.builders?.length === 1);
  expect(link.builders).toEqual([{ name: "b", directory: "b" }]);
});

test("a builder's other directory is used after the running build, and its next build has the new steps", async () => {
  const made = start(config([builder("a", steps)]));
  const link = await runningBuild(made, "a");
  made.master.view.force("a", "next");
  made.master.reconfigure(config([builder("a", [shellStep("changed")], { directory: "elsewhere" })]));
  link.commands[0]?.complete(0);
  await poll("the next build", () => link.commands[1]);
  expect(link.builders).toEqual([{ name: "a", directory: "elsewhere" }]);
  expect(link.commands[1]?.request.args.get("command")).toBe("make changed");
});

test("a removed worker is disconnected when its build has ended, and an idle one immediately", async () => {
  const made = start(config([builder("a", steps)], { workers: [worker("w1"), worker("w2")] }));
  const idle = await made.attach({ name: "w2" });
  const busy = await runningBuild(made, "a");
  made.master.reconfigure(config([builder("a", steps, { workers: ["w3"] })]));
  expect(idle.endedBecause).toBe("it was removed from master.yaml");
  expect(busy.endedBecause).toBeUndefined();
  busy.commands[0]?.complete(0);
  expect(await made.ended("a", 1)).toMatchObject({ result: "SUCCESS" });
  await poll("the end", () => busy.endedBecause);
});

test("a worker that does not accept its new builders is disconnected", async () => {
  const made = start(config([builder("a", steps)]));
  const link = await made.attach();
  link.setBuilders = () => Promise.reject(new Error("no"));
  made.master.reconfigure(config([builder("b", steps)]));
  await poll("the end", () => link.endedBecause);
  expect(link.endedBecause).toBe("it did not accept its builders: no");
});

test("requests of a builder that is removed wait until it is back", async () => {
  const made = start(config([builder("a", steps)]));
  made.master.view.force("a", "");
  made.master.reconfigure(config([builder("b", steps)]));
  await made.attach({ onCommand: (command) => command.complete(0) });
  made.master.reconfigure(config([builder("a", steps)], { workers: [worker("w1")] }));
  expect(await made.ended("a", 1)).toMatchObject({ result: "SUCCESS" });
});

test("a build that runs hides the secrets that it began with, and those of later configurations", async () => {
  const secrets = (token: string) => ({ secrets: new Map([["token", token]]) });
  const made = start(config([builder("a", steps)], secrets("first-value")));
  const link = await runningBuild(made, "a");
  for (const token of ["second-value", "third-value"]) {
    made.master.reconfigure(config([builder("a", steps)], secrets(token)));
  }
  await link.commands[0]?.print("first-value, second-value and third-value\n");
  link.commands[0]?.complete(0);
  expect(made.lines(await made.ended("a", 1))[0]).toBe("o<token>, <token> and <token>");
});

/** A build of `a` that waits for one of `b` that has not begun, or that its worker has begun. */
async function waitingTrigger(triggered: "waits" | "runs"): Promise<{ made: TestMaster; link: FakeLink }> {
  const made = start(triggering());
  await made.attach();
  const link = new FakeLink({ name: "w2" });
  if (triggered === "runs") await made.master.workers.attach(link);
  made.master.view.force("a", "");
  await poll("the request", () => made.master.view.requests("b")[0] ?? link.commands[0]);
  if (triggered === "runs") await poll("the triggered build", () => link.commands[0]);
  return { made, link };
}

const withoutTriggered = config([builder("a", steps)], { workers: [worker("w1"), worker("w2")] });
const REMOVED = { result: "EXCEPTION", stateText: "'deploy' requested 1 build, but 'b' is no longer in master.yaml" };

test("a trigger step ends when the builder that it waits for is removed", async () => {
  const { made } = await waitingTrigger("waits");
  made.master.reconfigure(withoutTriggered);
  const build = await made.ended("a", 1);
  expect(build).toMatchObject(REMOVED);
  expect(made.lines(build)).toContain("hrequest 2 gets no build: 'b' is no longer in master.yaml");
});

test("a trigger step takes the result of a build that runs when its builder is removed, unless that is retried", async () => {
  const { made, link } = await waitingTrigger("runs");
  made.master.reconfigure(withoutTriggered);
  link.commands[0]?.complete(0);
  expect(await made.ended("a", 1)).toMatchObject({ result: "SUCCESS" });
  const lost = await waitingTrigger("runs");
  lost.made.master.reconfigure(withoutTriggered);
  lost.link.end("it went away");
  expect(await lost.made.ended("a", 1)).toMatchObject(REMOVED);
});

test("a trigger step fails when its scheduler was removed after its build began", async () => {
  const first = triggering();
  const [a, b] = first.builders;
  const made = start({ ...first, builders: [{ ...a!, steps: [shellStep("one"), ...a!.steps] }, b!] });
  const link = await runningBuild(made, "a");
  made.master.reconfigure(config([builder("a", steps)]));
  link.commands[0]?.complete(0);
  const stateText = "'deploy' could not start: there is no triggerable scheduler 'after'";
  expect(await made.ended("a", 1)).toMatchObject({ result: "EXCEPTION", stateText });
});

test("a trigger step that waits ends with its worker's connection", async () => {
  const { made } = await waitingTrigger("waits");
  made.master.workers.end(made.master.workers.find("w1")!.link, "it went away");
  expect(await made.ended("a", 1)).toMatchObject({ result: "RETRY", stateText: "the worker was lost: it went away" });
});
