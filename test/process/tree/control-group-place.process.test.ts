// Where control groups may be made, on hosts made of files.
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ControlGroupRule, findControlGroupPlace } from "../../../src/process/tree/control-group-place.ts";

/** Whoever runs the tests: the owner of all the files, until they are given to the ordinary user. */
const OWNER = process.geteuid?.() ?? 0;
const ORDINARY = OWNER === 0 ? 1000 : OWNER;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "buildhand cgroup-"));
});
afterEach(() => {
  chmodSync(root, 0o755);
  rmSync(root, { recursive: true });
});

interface Host {
  readonly path?: string;
  readonly mountRoot?: string;
  /** Below the mount point. */
  readonly directory?: string;
  readonly files?: readonly string[];
  readonly type?: string;
}

function makeHost({
  path = "/system.slice/worker.service",
  mountRoot = "/",
  directory = "system.slice/worker.service",
  files = ["cgroup.procs", "cgroup.kill"],
  type = "cgroup2",
}: Host = {}) {
  const mountPoint = join(root, "groups");
  const group = join(mountPoint, directory);
  mkdirSync(group, { recursive: true });
  for (const file of files) writeFileSync(join(group, file), "");
  writeFileSync(
    join(root, "mountinfo"),
    [
      "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
      `30 22 0:26 ${mountRoot} ${mountPoint.replaceAll(" ", "\\040")} rw,nosuid shared:4 - ${type} cgroup2 rw,nsdelegate`,
      "",
    ].join("\n"),
  );
  writeFileSync(join(root, "cgroup"), `1:name=systemd:/elsewhere\n0::${path}\n`);
  if (OWNER !== ORDINARY) chownSync(group, ORDINARY, ORDINARY);
  return group;
}

const find = (userId: number, rule: ControlGroupRule = "auto") =>
  findControlGroupPlace(rule, { procDirectory: root, userId });

describe("groups may be made below", () => {
  test("the group that belongs to an ordinary user", () => {
    expect(makeHost()).toBe(find(ORDINARY));
  });

  // As root this holds anyway; .ci/run has it run by an ordinary user, too.
  test("the group that systemd has handed over all but for cgroup.kill, which stays root's", () => {
    const group = makeHost();
    chmodSync(join(group, "cgroup.kill"), 0);
    expect(find(ORDINARY)).toBe(group);
  });

  test("any that we can write to, if that is wanted", () => {
    const group = makeHost();
    expect(find(ORDINARY + 1, "on")).toBe(group);
    expect(find(0, "on")).toBe(group);
  });

  test("the group that a container takes for the root of all", () => {
    const group = makeHost({ path: "/", directory: "." });
    expect(find(ORDINARY)).toBe(group);
  });

  test("a group of which only the part below is mounted", () => {
    const group = makeHost({ path: "/pod/worker", mountRoot: "/pod", directory: "worker" });
    expect(find(ORDINARY)).toBe(group);
    rmSync(join(root, "groups"), { recursive: true });
    expect(makeHost({ path: "/pod", mountRoot: "/pod", directory: "." })).toBe(find(ORDINARY));
  });
});

describe("no groups are made", () => {
  test.each<[string, Host]>([
    ["in the root of all groups, or by a kernel that cannot kill one", { files: ["cgroup.procs"] }],
    ["where the group is not mounted", { mountRoot: "/another.slice" }],
    ["where the group is outside of the namespace", { path: "/../elsewhere" }],
    ["where groups are those of version 1", { type: "cgroup" }],
    ["where the group is not there", { directory: "another.slice" }],
  ])("%s", (_where, host) => {
    makeHost(host);
    expect(find(ORDINARY)).toBeUndefined();
    expect(find(ORDINARY, "on")).toBeUndefined();
  });

  test("where an ordinary user has no group of his own", () => {
    makeHost();
    expect(find(ORDINARY + 1)).toBeUndefined();
  });

  test("for root, whose groups are the service manager's too", () => {
    const group = makeHost();
    if (OWNER === 0) chownSync(group, 0, 0);
    expect(find(0)).toBeUndefined();
  });

  test("where they are not wanted", () => {
    makeHost();
    expect(find(ORDINARY, "off")).toBeUndefined();
  });

  test("without /proc", () => {
    expect(findControlGroupPlace("on", { procDirectory: join(root, "none"), userId: ORDINARY })).toBeUndefined();
  });

  test.skipIf(OWNER === 0)("where the group is another's (left out for root, who may write everywhere)", () => {
    const group = makeHost();
    chmodSync(group, 0o555);
    expect(find(ORDINARY)).toBeUndefined();
    chmodSync(group, 0o755);
  });
});
