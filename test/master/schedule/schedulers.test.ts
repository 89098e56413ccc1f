import { expect, test } from "vitest";
import { nextRunMs } from "../../../src/master/cron.ts";
import type { BranchConfig, MasterConfig, NightlyConfig, SchedulerConfig } from "../../../src/master/master-config.ts";
import { signatureOf } from "../../../src/master/sources/index.ts";
import { poll } from "../../support/poll.ts";
import { builder, config, force, shellStep, TestMaster, triggering } from "../test-master.ts";

const schedulers: readonly SchedulerConfig[] = [
  { type: "periodic", name: "hourly", builders: ["a", "b"], everySeconds: 3600 },
  force("a"),
];

test("a periodic scheduler requests a build of each builder, but not again while its request waits", async () => {
  const steps = [shellStep("one")];
  const masterConfig = config([builder("a", steps), builder("b", steps), builder("c", steps)], { schedulers });
  const made = new TestMaster(masterConfig);
  const waiting = () => ["a", "b", "c"].map((name) => made.master.view.requests(name).map(({ reason }) => reason));
  expect(waiting()).toEqual([["periodic scheduler 'hourly'"], ["periodic scheduler 'hourly'"], []]);
  made.clock.advance(5 * 3_600_000);
  expect(waiting()).toEqual([["periodic scheduler 'hourly'"], ["periodic scheduler 'hourly'"], []]);
  await made.attach({ onCommand: (command) => command.complete(0) });
  await made.ended("a", 1);
  await made.ended("b", 1);
  await made.restart(masterConfig);
  expect(waiting()).toEqual([[], [], []]);
  made.clock.advance(3_600_000);
  expect(waiting()).toEqual([["periodic scheduler 'hourly'"], ["periodic scheduler 'hourly'"], []]);
  await made.remove();
});

test("only builders of a force scheduler can be forced", async () => {
  const made = new TestMaster(config([builder("a", []), builder("b", [])], { schedulers }));
  expect(made.master.view.builders().map(({ name, force }) => [name, force !== undefined])).toEqual([
    ["a", true],
    ["b", false],
  ]);
  await made.remove();
});

const [FIRST, SECOND] = ["a".repeat(40), "b".repeat(40)];

function pushed(made: TestMaster, revision: string, branch = "main"): number {
  const body = JSON.stringify({ branch, revision, author: "Ada", message: "one" });
  const timestamp = String(Math.floor(made.clock.date().getTime() / 1000));
  const headers: Record<string, string> = {
    "x-buildhand-timestamp": timestamp,
    "x-buildhand-signature": signatureOf("sekret", timestamp, body),
  };
  return made.master.sources.receive("push", { header: (name) => headers[name], body: Buffer.from(body) }).status;
}

function withHook(more: Partial<BranchConfig> = {}, rest: Partial<MasterConfig> = {}): MasterConfig {
  const branch = { type: "branch", name: "all", builders: ["a"], repository: undefined, branches: ["*"] } as const;
  return config([builder("a", [shellStep("one")])], {
    schedulers: [{ ...branch, treeStableSeconds: 0, ...more }],
    changeSources: [{ type: "plain", name: "push", repository: "/srv/a.git", branches: ["*"], secret: "sekret" }],
    ...rest,
  });
}

function revisions(made: TestMaster): readonly (string | undefined)[] {
  return made.master.view.requests("a").map(({ properties }) => properties?.get("revision"));
}

test("a branch scheduler requests a build of each change, once", async () => {
  const made = new TestMaster(withHook());
  expect([pushed(made, FIRST), pushed(made, FIRST)]).toEqual([202, 200]);
  made.clock.advance(1000);
  expect(pushed(made, FIRST)).toBe(200);
  expect(revisions(made)).toEqual([FIRST]);
  expect(made.master.view.requests("a")[0]).toMatchObject({
    reason: "branch scheduler 'all'",
    change: { repository: "/srv/a.git", branch: "main", revision: FIRST, author: "Ada", message: "one" },
    properties: new Map(
      Object.entries({ branch: "main", repository: "/srv/a.git", revision: FIRST, scheduler: "all" }),
    ),
  });
  made.clock.advance(1000);
  expect([pushed(made, SECOND), pushed(made, SECOND, "other")]).toEqual([202, 202]);
  expect(revisions(made)).toEqual([FIRST, SECOND, SECOND]);
  await made.attach({ onCommand: (command) => command.complete(0) });
  expect(await made.ended("a", 1)).toMatchObject({ change: { revision: FIRST } });
  await made.remove();
});

test("an old message that is repeated after newer ones starts no build", async () => {
  const made = new TestMaster(withHook());
  const body = JSON.stringify({ branch: "main", revision: FIRST });
  const timestamp = String(Math.floor(made.clock.date().getTime() / 1000));
  const headers: Record<string, string> = {
    "x-buildhand-timestamp": timestamp,
    "x-buildhand-signature": signatureOf("sekret", timestamp, body),
  };
  const send = () => made.master.sources.receive("push", { header: (name) => headers[name], body: Buffer.from(body) });
  expect(send().status).toBe(202);
  pushed(made, SECOND);
  expect(send()).toEqual({ status: 200, sentence: "ignored: this change is known" });
  await made.restart(withHook());
  expect(send().status).toBe(200);
  expect(revisions(made)).toEqual([FIRST, SECOND]);
  await made.remove();
});

test("a branch scheduler takes only its branches and its repository", async () => {
  const made = new TestMaster(withHook({ branches: ["main", "release/*"] }));
  for (const branch of ["main", "feature", "release/1"]) pushed(made, FIRST, branch);
  expect(made.master.view.requests("a").map(({ properties }) => properties?.get("branch"))).toEqual([
    "main",
    "release/1",
  ]);
  await made.restart(withHook({ repository: "/srv/b.git" }));
  pushed(made, SECOND);
  expect(revisions(made)).toHaveLength(2);
  await made.remove();
});

test("with a treeStableTimer, the last change of a branch is built when there was none for that time", async () => {
  const masterConfig = withHook({ treeStableSeconds: 100 });
  const made = new TestMaster(masterConfig);
  pushed(made, FIRST);
  made.clock.advance(90_000);
  pushed(made, SECOND);
  pushed(made, FIRST, "other");
  made.clock.advance(90_000);
  expect(revisions(made)).toEqual([]);
  await made.restart(masterConfig);
  made.clock.advance(11_000);
  expect(revisions(made)).toEqual([SECOND, FIRST]);
  made.clock.advance(1_000_000);
  expect(revisions(made)).toHaveLength(2);
  await made.remove();
});

test("equal waiting requests are merged, if that is configured", async () => {
  const steps = [shellStep("one")];
  const made = new TestMaster(config([builder("a", steps)], { mergeRequests: true }));
  const force = (branch: string) => made.master.view.force("a", "again", new Map([["branch", branch]]));
  const first = force("main");
  expect(force("main")).toBe(first);
  expect(force("other")).not.toBe(first);
  expect(made.master.view.requests("a")).toHaveLength(2);
  await made.restart(config([builder("a", steps)], { mergeRequests: false }));
  expect(force("main")).not.toBe(first);
  await made.remove();
});

function nightly(more: Partial<NightlyConfig> = {}): MasterConfig {
  const times = { cron: "30 2 * * *", timeZone: "Europe/Berlin", branch: "main", onlyIfChanged: false };
  return withHook({}, { schedulers: [{ type: "nightly", name: "night", builders: ["a"], ...times, ...more }] });
}

/** Sets the wall clock. */
function at(made: TestMaster, time: string): void {
  made.clock.jumpWall(Date.parse(time) - made.clock.date().getTime());
}

test("a nightly scheduler waits for its time, and a run missed while the master was stopped is made up once", async () => {
  const made = new TestMaster(nightly());
  at(made, "2026-06-01T12:00:00Z");
  await made.restart(nightly());
  made.clock.advance(60_000);
  expect(made.master.view.requests("a")).toEqual([]);
  at(made, "2026-06-02T00:29:30Z");
  made.clock.advance(60_000);
  expect(made.master.view.requests("a")).toMatchObject([{ reason: "nightly scheduler 'night'" }]);
  made.master.view.cancelRequest(made.master.view.requests("a")[0]!.id);
  at(made, "2026-06-05T12:00:00Z");
  await made.restart(nightly());
  expect(made.master.view.requests("a")).toHaveLength(1);
  await made.remove();
});

test("a reload does not lose a nightly run that is due and has not begun", async () => {
  const made = new TestMaster(nightly());
  at(made, "2026-06-01T12:00:00Z");
  await made.restart(nightly());
  at(made, "2026-06-02T00:30:30Z");
  made.master.reconfigure(nightly());
  expect(made.master.view.requests("a")).toHaveLength(1);
  await made.remove();
});

test("onlyIfChanged skips a night without a change of the branch", async () => {
  const made = new TestMaster(nightly());
  at(made, "2026-06-01T12:00:00Z");
  await made.restart(nightly({ onlyIfChanged: true }));
  const night = (time: string) => {
    at(made, time);
    made.clock.advance(60_000);
    return made.master.view.requests("a").length;
  };
  expect(night("2026-06-02T01:00:00Z")).toBe(0);
  pushed(made, FIRST, "other");
  expect(night("2026-06-03T01:00:00Z")).toBe(0);
  pushed(made, FIRST);
  expect(night("2026-06-04T01:00:00Z")).toBe(1);
  await made.remove();
});

test.each([
  ["the hour that is skipped in spring: the first moment after it", "2026-03-28T12:00Z", "2026-03-29T01:00:00.000Z"],
  ["the hour that comes twice in autumn: its first time", "2026-10-24T12:00Z", "2026-10-25T00:30:00.000Z"],
  ["and not its second", "2026-10-25T00:30Z", "2026-10-26T01:30:00.000Z"],
])("a nightly scheduler in %s", (_what, after, next) => {
  const run = nextRunMs({ cron: "30 2 * * *", timeZone: "Europe/Berlin" }, Date.parse(after));
  expect(new Date(run ?? 0).toISOString()).toBe(next);
});

test("a forced build has the branch, revision and parameters that were entered, and others are refused", async () => {
  const parameters = [
    {
      name: "target",
      label: "Target",
      kind: "choice",
      default: "debug",
      choices: ["debug", "release"],
      required: false,
    },
    { name: "note", label: "Note", kind: "text", default: "", choices: [], required: true },
    { name: "slow", label: "Slow", kind: "boolean", default: "false", choices: [], required: false },
  ] as const;
  const schedulers = [{ type: "force", name: "by hand", builders: ["a"], branch: "main", parameters }] as const;
  const made = new TestMaster(withHook({}, { schedulers }));
  const force = (values: Readonly<Record<string, string>>) =>
    made.master.view.force("a", "", new Map(Object.entries(values)));
  force({ note: "x", revision: "abc123" });
  expect(Object.fromEntries(made.master.view.requests("a")[0]!.properties!)).toEqual({
    branch: "main",
    revision: "abc123",
    note: "x",
    slow: "false",
    target: "debug",
    scheduler: "by hand",
  });
  expect(() => force({ note: "" })).toThrow("'note' is required");
  expect(() => force({ note: "x", target: "other" })).toThrow("'target' must be one of debug, release");
  expect(() => force({ note: "x", slow: "maybe" })).toThrow("'slow' must be one of true, false");
  expect(() => force({ note: "x", branch: "-f" })).toThrow("expected a branch");
  expect(() => force({ note: "x", other: "1" })).toThrow("it has no parameter 'other'");
  await made.remove();
});

test("a trigger step builds the same revision, and takes the result when it waits", async () => {
  const made = new TestMaster(triggering());
  await made.attach();
  await made.attach({ name: "w2", onCommand: (command) => command.complete(3) });
  made.master.view.force("a", "", new Map([["revision", FIRST]]));
  const build = await made.ended("a", 1);
  expect(build).toMatchObject({ result: "FAILURE", stateText: "'deploy' requested 1 build: FAILURE" });
  const triggered = made.master.view.build("b", 1);
  expect(triggered).toMatchObject({ reason: "triggerable scheduler 'after'" });
  expect(triggered?.properties).toEqual(
    new Map([
      ["from", "a"],
      ["revision", FIRST],
      ["scheduler", "after"],
    ]),
  );
  await made.remove();
});

test("a trigger step that does not wait succeeds at once, and one that waits can be stopped or loses a cancelled build", async () => {
  const made = new TestMaster(triggering({ waitForFinish: false }));
  await made.attach();
  made.master.view.force("a", "");
  expect(await made.ended("a", 1)).toMatchObject({ result: "SUCCESS" });
  await made.restart(triggering());
  await made.attach();
  made.master.view.force("a", "");
  await poll("a second request", () => made.master.view.requests("b").length === 2);
  made.master.view.cancelRequest(made.master.view.requests("b")[1]!.id);
  expect(await made.ended("a", 2)).toMatchObject({ result: "CANCELLED" });
  made.master.view.force("a", "");
  await poll("another request", () => made.master.view.requests("b").length === 2);
  made.master.view.stop("a", 3, "enough");
  expect(await made.ended("a", 3)).toMatchObject({ result: "CANCELLED", stateText: "stopped: enough" });
  await made.remove();
});
