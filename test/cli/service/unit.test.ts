// The text of a unit, from what it is of.
import { describe, expect, it } from "vitest";
import { escapedPath, unitText, unitWord, type WorkerUnit } from "../../../src/cli/service/unit.ts";

const worker: WorkerUnit = {
  madeBy: "Made by a test.",
  description: "Buildbot worker",
  conditions: [],
  program: ["/usr/bin/buildhand"],
  startOptions: ["--on-sigterm=drain"],
  directory: "/srv/w",
  account: "buildbot",
  drainLimitSeconds: 3600,
  extras: [],
};

function linesOf(more: Partial<WorkerUnit> = {}): readonly string[] {
  return unitText({ ...worker, ...more }).split("\n");
}

describe("a word of a command line", () => {
  it.each([
    ["/srv/worker-1", "/srv/worker-1"],
    ["--cgroups=on", "--cgroups=on"],
    ["/srv/my worker", '"/srv/my worker"'],
    ["100%", '"100%%"'],
    ["$HOME", '"$$HOME"'],
    ['a"b', '"a\\"b"'],
    ["a'b", '"a\'b"'],
    ["a\\b", '"a\\\\b"'],
    [";", '";"'],
    ["", '""'],
    ["/srv/größe", '"/srv/größe"'],
  ])("%s is written %s", (text, written) => {
    expect(unitWord(text)).toBe(written);
  });
});

it.each([
  ["/srv/worker", "srv-worker"],
  ["/srv//a-b/", "srv-a\\x2db"],
  ["/.w/.b", "\\x2ew-.b"],
  ["/a b%", "a\\x20b\\x25"],
  ["/ü", "\\xc3\\xbc"],
  ["/", "-"],
])("the path %s names the unit %s", (path, name) => {
  expect(escapedPath(path)).toBe(name);
});

it("the program and its options come first, and each is one word", () => {
  expect(linesOf({ program: ["/opt/my node", "/opt/$x"] })).toContain(
    'ExecStart="/opt/my node" "/opt/$$x" start --nodaemon --on-sigterm=drain /srv/w',
  );
});

it.each([
  [3600, "TimeoutStopSec=3660"],
  [0.5, "TimeoutStopSec=61"],
  [0, "TimeoutStopSec=infinity"],
])("a drain of up to %s seconds is waited for: %s", (drainLimitSeconds, line) => {
  expect(linesOf({ drainLimitSeconds })).toContain(line);
});

it("without a drain, systemd's own time holds", () => {
  expect(linesOf({ drainLimitSeconds: undefined }).join("\n")).not.toContain("TimeoutStopSec");
});

it("a unit of a user's own systemd names no user and no target that only the system has", () => {
  const lines = linesOf({ account: undefined });
  expect(lines.filter((line) => /^User=|network-online|multi-user/.test(line))).toEqual([]);
  expect(lines).toContain("WantedBy=default.target");
});
