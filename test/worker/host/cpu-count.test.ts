import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cpuCount } from "../../../src/worker/host/cpu-count.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "buildhand-cpus-"));
});
afterEach(() => rmSync(root, { recursive: true }));

describe("the number of processors", () => {
  it.each<readonly [string, Readonly<Record<string, string>>, number]>([
    ["is that of the affinity without control groups", {}, 8],
    [
      "is the quota of version 2",
      { "proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/b/cpu.max": "200000 100000\n" },
      2,
    ],
    ["is rounded up", { "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "150000 100000\n" }, 2],
    ["is at least one", { "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "1000 100000\n" }, 1],
    [
      "is the tightest quota of all groups around",
      {
        "proc/self/cgroup": "0::/a/b/c\n",
        "sys/fs/cgroup/a/cpu.max": "300000 100000\n",
        "sys/fs/cgroup/a/b/cpu.max": "max 100000\n",
        "sys/fs/cgroup/a/b/c/cpu.max": "400000 100000\n",
      },
      3,
    ],
    [
      "is the quota of version 1",
      {
        "proc/self/cgroup": "5:memory:/x\n4:cpu,cpuacct:/x\n1:name=systemd:/x\n",
        "sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us": "400000\n",
        "sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us": "100000\n",
      },
      4,
    ],
    [
      "is the quota a container sees at the top, whatever path the host knows it by",
      {
        "proc/self/cgroup": "4:cpu:/docker/abc\n",
        "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "50000\n",
        "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
      },
      1,
    ],
    [
      "is not touched by a quota of -1",
      {
        "proc/self/cgroup": "4:cpu:/\n",
        "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
        "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
      },
      8,
    ],
    [
      "is found where both versions are mounted",
      { "proc/self/cgroup": "1:cpu:/\n0::/u\n", "sys/fs/cgroup/unified/u/cpu.max": "500000 100000\n" },
      5,
    ],
    [
      "is not looked for outside of the control groups",
      { "proc/self/cgroup": "0::/../../../x\n", "x/cpu.max": "100000 100000\n" },
      8,
    ],
    [
      "is not touched by files that hold something else",
      { "proc/self/cgroup": "nonsense\n0::/\n", "sys/fs/cgroup/cpu.max": "100000 0\n" },
      8,
    ],
    [
      "is never more than the affinity",
      { "proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "1600000 100000\n" },
      8,
    ],
  ])("%s", async (_, files, expected) => {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content);
    }
    expect(await cpuCount({ configured: undefined, root, parallelism: 8 })).toBe(expected);
  });

  it("is the configured one, whatever the host has", async () => {
    expect(await cpuCount({ configured: 64, root, parallelism: 8 })).toBe(64);
  });

  it("is found on this host", async () => {
    const found = await cpuCount({ configured: undefined, root: "/" });
    expect(found).toBeGreaterThanOrEqual(1);
    expect(found).toBeLessThanOrEqual(availableParallelism());
  });
});
