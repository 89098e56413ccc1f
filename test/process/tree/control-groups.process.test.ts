import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { ControlGroups } from "../../../src/process/tree/control-groups.ts";
import { ProcessTree } from "../../../src/process/tree/process-tree.ts";
import { sweep } from "../../../src/process/tree/sweep.ts";
import { poll } from "../../support/poll.ts";
import { lackOfControlGroups, makeRealGroup, type RealGroup } from "../real-control-group.ts";
import { isAlive, killRunning } from "../run-program.ts";

const strays: number[] = [];
afterEach(() => {
  killRunning(strays.splice(0));
});

describe("in a directory that only looks like a group", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "buildhand-groups-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  test("every command gets a group of its own, with its pid written to it", () => {
    const groups = new ControlGroups(directory);
    const [first, second] = [groups.place(12), groups.place(13)];
    expect([first?.name, second?.name]).toEqual([`buildhand-${process.pid}-1`, `buildhand-${process.pid}-2`]);
    expect(readFileSync(join(directory, first?.name ?? "", "cgroup.procs"), "latin1")).toBe("12");
    expect(first?.pids()).toEqual([12]);
    first?.kill();
    expect(readFileSync(join(directory, first?.name ?? "", "cgroup.kill"), "latin1")).toBe("1");
  });

  test("a group that cannot be removed yet is tried again with the next command", () => {
    const groups = new ControlGroups(directory);
    const first = groups.place(12);
    first?.release();
    const path = join(directory, first?.name ?? "");
    expect(existsSync(path)).toBe(true);
    rmSync(join(path, "cgroup.procs"));
    groups.place(13);
    expect(existsSync(path)).toBe(false);
  });

  test("where none can be made at the moment, the next command gets one", () => {
    rmSync(directory, { recursive: true });
    const groups = new ControlGroups(directory);
    expect(groups.place(12)).toBeUndefined();
    mkdirSync(directory);
    expect(groups.place(12)?.pids()).toEqual([12]);
  });

  test("where the system forbids them for a while, the first command after that gets one", () => {
    const link = join(directory, "link");
    symlinkSync("/sys", link); // where not even root may make a directory
    const groups = new ControlGroups(link);
    expect(groups.place(12)).toBeUndefined();
    rmSync(link);
    mkdirSync(link);
    expect(groups.place(12)?.pids()).toEqual([12]);
  });

  test("a start removes what dead workers left empty, and keeps what is in use, alive or none of ours", async () => {
    const dead = spawn("true", { stdio: "ignore" });
    await once(dead, "exit");
    const names = {
      [`buildhand-${dead.pid}-1`]: false,
      [`buildhand-${dead.pid}-2`]: true,
      [`buildhand-${process.pid}-1`]: true,
      "buildhand-1-x": true,
      "session.scope": true,
    };
    for (const name of Object.keys(names)) mkdirSync(join(directory, name));
    mkdirSync(join(directory, `buildhand-${dead.pid}-1`, "made-by-a-build"));
    // A directory with a file in it cannot be removed, as a group with a process in it.
    writeFileSync(join(directory, `buildhand-${dead.pid}-2`, "in-use"), "");
    const groups = new ControlGroups(directory);
    expect(readdirSync(directory).toSorted()).toEqual(
      Object.entries(names)
        .filter(([, stays]) => stays)
        .map(([name]) => name)
        .toSorted(),
    );
    expect(groups.place(12)?.name).toBe(`buildhand-${process.pid}-2`);
  });
});

const lack = lackOfControlGroups();

describe.skipIf(lack !== undefined)(`in a real group${lack === undefined ? "" : ` (left out: ${lack})`}`, () => {
  let group: RealGroup;
  beforeEach(() => {
    group = makeRealGroup();
  });
  afterEach(() => group.remove());

  /** Something that left its session and its parents, with no environment and no output: only a group has it. */
  async function startUntraceable(groups: ControlGroups) {
    const child = spawn(
      "sh",
      ["-c", "read go; (setsid env -i sh -c 'echo $$; exec sleep 1000 >/dev/null' &); exec sleep 1000"],
      {
        detached: true,
        stdio: ["pipe", "pipe", "ignore"],
      },
    );
    const leaderPid = child.pid!;
    strays.push(leaderPid);
    const controlGroup = groups.place(leaderPid);
    child.stdin.end("go\n");
    const [line] = await once(child.stdout, "data");
    const pid = Number(String(line));
    strays.push(pid);
    await poll("the shell to become sleep", () => readFileSync(`/proc/${pid}/comm`, "latin1") === "sleep\n");
    const tree = new ProcessTree({
      clock: systemClock,
      leaderPid,
      cookie: undefined,
      controlGroup,
      outputInodes: () => [],
    });
    return { child, tree, pid, controlGroup };
  }

  test("a daemon that left no trace is found and killed, and the group is gone then", async () => {
    const groups = new ControlGroups(group.directory);
    const { child, tree, pid, controlGroup } = await startUntraceable(groups);
    expect((await tree.running())?.map((one) => one.pid)).toEqual(expect.arrayContaining([child.pid, pid]));
    expect(await sweep(tree, systemClock)).toEqual([]);
    expect(isAlive(pid)).toBe(false);
    controlGroup?.release();
    await poll("all control groups to be removed", () => {
      groups.removeEmpty();
      return !readdirSync(group.directory).some((name) => name.startsWith("buildhand-"));
    });
  });

  test("what is to stay keeps its group, which goes with it", async () => {
    const groups = new ControlGroups(group.directory);
    const { child, pid, controlGroup } = await startUntraceable(groups);
    process.kill(child.pid!, "SIGKILL");
    await once(child, "exit");
    controlGroup?.release();
    expect(controlGroup?.pids()).toEqual([pid]);
    process.kill(pid, "SIGKILL");
    await poll("the control group to be removed", () => {
      groups.removeEmpty();
      return !existsSync(join(group.directory, controlGroup?.name ?? ""));
    });
  });

  test("a process that has ended meanwhile gets none, and the next one does", async () => {
    const groups = new ControlGroups(group.directory);
    const child = spawn("true", { stdio: "ignore" });
    await once(child, "exit");
    expect(groups.place(child.pid ?? 0)).toBeUndefined();
    const { controlGroup, tree } = await startUntraceable(groups);
    expect(controlGroup?.pids()).toHaveLength(2);
    await sweep(tree, systemClock);
    controlGroup?.release();
  });
});
