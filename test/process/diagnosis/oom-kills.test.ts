import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { oomKills, oomKillsBetween } from "../../../src/process/diagnosis/oom-kills.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "buildhand-oom-"));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function read(files: Readonly<Record<string, string>>) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return oomKills({ proc: join(root, "proc"), cgroups: join(root, "cgroups") });
}

const VMSTAT = { "proc/vmstat": "nr_free_pages 5\noom_kill 7\nballoon_inflate 0\n" };
const events = (count: number) => `low 0\nhigh 1\nmax 2\noom 1\noom_kill ${count}\noom_group_kill 9\n`;

describe("processes that the kernel killed for lack of memory are counted", () => {
  test("in the group of version 2 that we are in", () => {
    const files = { "proc/self/cgroup": "0::/system.slice/w.service\n", ...VMSTAT };
    const counts = read({ ...files, "cgroups/system.slice/w.service/memory.events": events(3) });
    expect(counts).toEqual({ group: 3, system: 7 });
  });

  test("at the root of what a container sees, when it does not see our path", () => {
    const counts = read({ "proc/self/cgroup": "0::/docker/abc\n", "cgroups/memory.events": events(2) });
    expect(counts).toEqual({ group: 2, system: undefined });
  });

  test("in the group of version 1, whatever other controllers it has", () => {
    const counts = read({
      "proc/self/cgroup": "9:name=systemd:/\n5:cpu,memory:/build:er\n0::/\n",
      "cgroups/memory/build:er/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n",
      ...VMSTAT,
    });
    expect(counts).toEqual({ group: 4, system: 7 });
  });

  test("in the whole system only, where groups do not tell", () => {
    expect(read({ "proc/self/cgroup": "0::/\n", ...VMSTAT })).toEqual({ group: undefined, system: 7 });
  });

  test("nowhere on a system without such counts", () => {
    expect(read({})).toEqual({ group: undefined, system: undefined });
  });
});

test("what was added is known only where both counts are", () => {
  expect(oomKillsBetween({ group: 1, system: undefined }, { group: 3, system: 8 })).toEqual({
    group: 2,
    system: undefined,
  });
  expect(oomKillsBetween({ group: 5, system: 5 }, { group: 0, system: 5 })).toEqual({ group: 0, system: 0 });
});
