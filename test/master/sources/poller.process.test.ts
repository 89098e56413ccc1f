// A poller of a real repository, through the real git.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { MasterConfig } from "../../../src/master/master-config.ts";
import { poll } from "../../support/poll.ts";
import { builder, config, shellStep, TestMaster } from "../test-master.ts";

let home = "";
let master: TestMaster;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "buildhand-poller-"));
  mkdirSync(join(home, "work"));
  git("init", "-q", "-b", "main");
  commit("one");
});

afterEach(async () => {
  await master.remove();
  rmSync(home, { recursive: true, force: true });
});

function git(...args: readonly string[]): string {
  const who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgSign=false"];
  return execFileSync("git", ["-C", join(home, "work"), ...who, ...args], { encoding: "utf8" }).trim();
}

/** The new revision. */
function commit(message: string): string {
  git("commit", "-q", "--allow-empty", "-m", message);
  return git("rev-parse", "HEAD");
}

function polling(branches: readonly string[] = ["*"]): MasterConfig {
  return config([builder("a", [shellStep("one")])], {
    changeSources: [
      { type: "git", name: "work", repository: join(home, "work"), branches, everySeconds: 60, token: undefined },
    ],
    schedulers: [
      { type: "branch", name: "all", builders: ["a"], repository: undefined, branches: ["*"], treeStableSeconds: 0 },
    ],
  });
}

function start(masterConfig = polling()): Promise<unknown> {
  master = new TestMaster(masterConfig);
  return polled(1);
}

function polled(times: number): Promise<unknown> {
  return poll("a poll", () => {
    const [source] = master.master.view.changeSources();
    return (source?.lastSeenAtMs ?? 0) >= (times - 1) * 60_000 && source?.lastSeenAtMs !== undefined;
  });
}

function changes(): readonly unknown[] {
  return master.master.view.requests("a").map(({ change }) => change);
}

async function nextPoll(): Promise<void> {
  const before = master.master.view.changeSources()[0]?.lastSeenAtMs ?? -1;
  master.clock.advance(60_000);
  await poll("another poll", () => (master.master.view.changeSources()[0]?.lastSeenAtMs ?? -1) > before);
}

test("the first poll starts nothing; then each new revision of a branch is a change with its author and message", async () => {
  await start();
  expect(changes()).toEqual([]);
  const revision = commit("two\n\nwith a body");
  await nextPoll();
  const change = { repository: join(home, "work"), author: "Ada <ada@example.org>", link: "" };
  expect(changes()).toEqual([{ ...change, branch: "main", revision, message: "two\n\nwith a body" }]);
  await nextPoll();
  git("checkout", "-q", "-b", "feature");
  const other = commit("three");
  await nextPoll();
  expect(changes()).toHaveLength(2);
  expect(changes()[1]).toEqual({ ...change, branch: "feature", revision: other, message: "three" });
});

test("a push while the master was stopped is found, and branches that are not watched are ignored", async () => {
  await start(polling(["main"]));
  const revision = commit("two");
  git("branch", "ignored");
  await master.restart(polling(["main"]));
  await poll("the change", () => changes().length > 0);
  expect(changes()).toMatchObject([{ branch: "main", revision }]);
});

test("a branch that is deleted and pushed again is built again", async () => {
  await start();
  git("branch", "feature");
  await nextPoll();
  git("branch", "-D", "feature");
  await nextPoll();
  git("branch", "feature");
  await nextPoll();
  expect(changes()).toMatchObject([{ branch: "feature" }, { branch: "feature" }]);
});

test("a failure is reported once with git's reason, and polls become rarer until it is over", async () => {
  await start();
  renameSync(join(home, "work"), join(home, "away"));
  const trouble = () => master.master.view.changeSources()[0]?.trouble;
  master.clock.advance(60_000);
  await poll("the failure", () => trouble());
  expect(trouble()).toContain(`${join(home, "work")} cannot be polled: `);
  expect(trouble()).toMatch(/repository|exist/);
  for (let minute = 0; minute < 2; minute += 1) master.clock.advance(60_000);
  await poll("another failure", () => trouble());
  expect(master.said.filter((line) => line.includes("cannot be polled"))).toHaveLength(1);
  renameSync(join(home, "away"), join(home, "work"));
  const revision = commit("two");
  await poll("the change", () => {
    master.clock.advance(60_000);
    return changes().length > 0;
  });
  expect(changes()).toMatchObject([{ revision }]);
  expect(trouble()).toBeUndefined();
});

test("with other patterns, branches that are newly watched are recorded, and build from their next revision on", async () => {
  git("branch", "feature");
  await start(polling(["main"]));
  master.master.reconfigure(polling(["*"]));
  await poll("the new poller", () => master.said.filter((line) => line.includes("was polled")).length === 2);
  git("checkout", "-q", "feature");
  const revision = commit("two");
  await nextPoll();
  expect(changes()).toEqual([expect.objectContaining({ branch: "feature", revision })]);
});

test("why it fails hides secrets", async () => {
  const [source] = polling().changeSources;
  const repository = join(home, "planted-secret");
  const failing = { ...polling(), changeSources: [{ ...source!, repository }] };
  master = new TestMaster({ ...failing, secrets: new Map([["planted", "planted-secret"]]) });
  const trouble = () => master.master.view.changeSources()[0]?.trouble;
  expect(await poll("the failure", trouble)).toContain("<planted>");
  expect(trouble()).not.toContain("planted-secret");
});
