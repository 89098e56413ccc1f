import { afterEach, describe, expect, test } from "vitest";
import { masterErrors } from "../../src/master/errors.ts";
import { poll } from "../support/poll.ts";
import { FakeLink } from "./fake-link.ts";
import { builder, config, shellStep, TestMaster } from "./test-master.ts";

const MINUTE_MS = 60_000;

const masters: TestMaster[] = [];

function start(): TestMaster {
  const made = new TestMaster(config([builder("b1", [shellStep("one")])]));
  masters.push(made);
  return made;
}

afterEach(async () => {
  for (const master of masters.splice(0)) await master.remove();
});

describe("a second worker with the name of one that is attached", () => {
  test("is rejected when the first one answers", async () => {
    const made = start();
    const first = await made.attach();
    const second = new FakeLink({ peer: "127.0.0.1:2" });
    await expect(made.master.workers.attach(second)).rejects.toSatisfy(masterErrors.duplicateWorker.is);
    expect(first.endedBecause).toBeUndefined();
    expect(made.said).toContain(
      "worker 'w1' from 127.0.0.1:2 was rejected: the one from 127.0.0.1:40000 is still connected",
    );
    expect(second.builders).toBeUndefined();
  });

  test("replaces the first one when that does not answer", async () => {
    const made = start();
    const first = await made.attach();
    first.pings = "refuse";
    const second = await made.attach({ peer: "127.0.0.1:2" });
    expect(first.endedBecause).toBe("it did not answer, and the worker has reconnected");
    expect(second.builders).toEqual([{ name: "b1", directory: "b1" }]);
    expect(made.master.view.worker("w1")).toMatchObject({ state: "attached", peer: "127.0.0.1:2" });
  });

  test("gets the build that the first one had", async () => {
    const made = start();
    const first = await made.attach();
    made.master.view.force("b1", "");
    await poll("the command", () => first.commands[0]);
    first.pings = "refuse";
    await made.attach({ onCommand: (command) => command.complete(0) });
    expect(await made.ended("b1", 1)).toMatchObject({ result: "RETRY" });
    expect(await made.ended("b1", 2)).toMatchObject({ result: "SUCCESS" });
  });

  test("of many that attach at the same time, one stays", async () => {
    const made = start();
    const links = Array.from({ length: 5 }, (_, port) => new FakeLink({ peer: `127.0.0.1:${port}` }));
    const outcomes = await Promise.allSettled(links.map((link) => made.master.workers.attach(link)));
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", ...Array(4).fill("rejected")]);
  });

  test("a worker that rejects its list of builders is not attached, and may try again", async () => {
    const made = start();
    const link = new FakeLink();
    link.setBuilders = () => Promise.reject(new Error("no room"));
    await expect(made.master.workers.attach(link)).rejects.toThrow("no room");
    expect(made.master.view.worker("w1")?.state).toBe("never seen");
    await made.attach();
    expect(made.master.view.worker("w1")?.state).toBe("attached");
  });
});

describe("shutting down a worker", () => {
  test("waits for its build, and starts no other on it", async () => {
    const made = start();
    const link = await made.attach();
    made.master.view.force("b1", "");
    made.master.view.force("b1", "");
    const command = await poll("the command", () => link.commands[0]);
    made.master.view.shutDownWorker("w1");
    expect(made.master.view.worker("w1")).toMatchObject({ state: "shutting down" });
    expect(link.calls).not.toContain("shutdown");
    expect(made.master.view.requests("b1")).toMatchObject([
      { waitsFor: "another worker: those attached are shutting down" },
    ]);
    command.complete(0);
    await poll("the order to end", () => link.calls.includes("shutdown"));
    expect(link.commands).toHaveLength(1);
    link.end("the worker closed the connection");
    await poll("the worker to be away", () => made.master.view.worker("w1")?.state === "away");
  });

  test("happens immediately when it is idle, also at its own request", async () => {
    const made = start();
    const link = await made.attach();
    made.master.workers.wantsShutdown(link);
    expect(link.calls).toEqual(["shutdown"]);
    made.master.workers.wantsShutdown(link);
    expect(link.calls).toEqual(["shutdown"]);
  });

  test("closes its connection when it does not shut down", async () => {
    const made = start();
    const link = await made.attach();
    made.master.view.shutDownWorker("w1");
    made.clock.advance(MINUTE_MS);
    expect(link.endedBecause).toBe("it did not shut down within 60 seconds");
  });

  test("a link that is not attached has no effect", async () => {
    const made = start();
    await made.attach();
    made.master.workers.wantsShutdown(new FakeLink());
    made.master.workers.seen(new FakeLink());
    expect(made.master.view.worker("w1")?.state).toBe("attached");
  });
});

describe("a silent worker", () => {
  test("is pinged after ten minutes and stays when it answers", async () => {
    const made = start();
    const link = await made.attach();
    made.clock.advance(10 * MINUTE_MS - 1);
    expect(link.calls).toEqual([]);
    made.clock.advance(1);
    expect(link.calls).toEqual(["ping"]);
    await poll("the answer", () => made.master.view.worker("w1")?.lastSeenAtMs === 10 * MINUTE_MS);
    expect(link.endedBecause).toBeUndefined();
  });

  test("is disconnected when it does not answer", async () => {
    const made = start();
    const link = await made.attach();
    link.pings = "refuse";
    made.clock.advance(10 * MINUTE_MS);
    expect(await poll("the end", () => link.endedBecause)).toContain("it did not answer");
  });

  test("that shows other activity is not pinged", async () => {
    const made = start();
    const link = await made.attach();
    for (let minute = 0; minute < 30; minute++) {
      made.clock.advance(MINUTE_MS);
      made.master.workers.seen(link);
    }
    expect(link.calls).toEqual([]);
  });
});

test("when a worker was last seen is known after the master was killed", async () => {
  const made = start();
  const link = await made.attach();
  made.clock.advance(5 * MINUTE_MS);
  made.master.workers.seen(link);
  made.clock.advance(MINUTE_MS);
  link.end("gone");
  await poll("the worker to be away", () => made.master.view.worker("w1")?.state === "away");
  expect(made.master.view.worker("w1")).toMatchObject({ lastSeenAtMs: 5 * MINUTE_MS, attachedAtMs: undefined });
});

test("a worker that is not in the configuration is rejected", async () => {
  const made = start();
  expect(made.master.workers.passwordOf("w1")).toBe("sekret");
  expect(made.master.workers.passwordOf("stranger")).toBeUndefined();
  await expect(made.master.workers.attach(new FakeLink({ name: "stranger" }))).rejects.toThrow(
    "there is no worker 'stranger'",
  );
});

test("the facts of a worker are limited", async () => {
  const made = start();
  const facts = new Map(Array.from({ length: 1000 }, (_, n) => [`fact ${n} ${"n".repeat(500)}`, "v".repeat(50_000)]));
  await made.attach({ facts: new Map([["__proto__", "Ada"], ...facts]) });
  const kept = made.master.view.worker("w1")!.facts;
  expect(kept.size).toBe(200);
  expect(kept.get("__proto__")).toBe("Ada");
  expect(Math.max(...[...kept].map(([name, value]) => name.length + value.length))).toBe(10_100);
});
