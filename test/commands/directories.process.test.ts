// rmdir and cpdir with programs that misbehave, which a PATH of their own puts before the system's.
import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { ManualClock } from "../support/manual-clock.ts";
import { poll } from "../support/poll.ts";
import { attachWorker, type CommandWorker } from "./attached-worker.ts";

let bin: string;
let worker: CommandWorker;
beforeAll(async () => {
  bin = await mkdtemp(join(tmpdir(), "buildhand-bin-"));
  worker = await attachWorker({ PATH: `${bin}:/usr/bin:/bin`, LANG: "C.UTF-8" });
});
afterEach(async () => {
  for (const directory of [bin, worker.builderDirectory]) {
    for (const name of await readdir(directory)) await rm(join(directory, name), { recursive: true });
  }
});
afterAll(async () => {
  await worker.end();
  await rm(bin, { recursive: true });
});

/** Puts a shell script before the system's program of this name. */
async function replaceProgram(name: string, script: string): Promise<void> {
  await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
  await chmod(join(bin, name), 0o755);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // ESRCH
  }
}

/** What the kernel says of a process, such as `T` for one that is stopped. */
function stateOf(pid: number): string {
  return readFileSync(`/proc/${pid}/stat`, "latin1")
    .replace(/^.*\) /s, "")
    .slice(0, 1);
}

/** Processor time up to now. */
function workOf(pid: number): string {
  return readFileSync(`/proc/${pid}/schedstat`, "latin1");
}

/** The headers but for what differs from run to run. */
function lines(header: string): string[] {
  return header
    .replaceAll(worker.basedir, "BASE")
    .replaceAll(/elapsedTime=\d+\.\d{6}/g, "elapsedTime=")
    .trimEnd()
    .split("\n");
}

const quiet = { logEnviron: false };

describe("rmdir", () => {
  it("shows the environment unless logEnviron is false", async () => {
    const report = await worker.run("rmdir", { dir: "x", timeout: 0, maxTime: 5 });
    expect(lines(report.text("header"))).toEqual([
      "rm -rf BASE/b1/x",
      " in dir BASE (maxTime 5 secs)",
      " watching logfiles {}",
      " argv: [b'rm', b'-rf', b'BASE/b1/x']",
      " environment:",
      "  LANG=C.UTF-8",
      `  PATH=${bin}:/usr/bin:/bin`,
      "  PWD=BASE",
      " using PTY: False",
      "elapsedTime=",
    ]);
    expect(report.updates.map(([key]) => key).slice(-2)).toEqual(["rc", "elapsed"]);
  });

  it("has no time limit when the master sends none", async () => {
    const report = await worker.run("rmdir", { dir: "x", timeout: null, ...quiet });
    expect(lines(report.text("header"))[1]).toBe(" in dir BASE");
  });

  it("removes directories without write permission", async () => {
    const locked = join(worker.builderDirectory, "locked");
    await mkdir(join(locked, "inner"), { recursive: true });
    await writeFile(join(locked, "inner", "file"), "");
    await chmod(join(locked, "inner"), 0o500);
    await chmod(locked, 0o500);
    expect((await worker.run("rmdir", { dir: "locked", ...quiet })).value("rc")).toBe(0);
    expect(existsSync(locked)).toBe(false);
  });

  it("goes on after a directory that stays, and has its rc", async () => {
    await replaceProgram("rm", 'case "$2" in */stays) exit 3 ;; esac; exec /bin/rm "$@"');
    await mkdir(join(worker.builderDirectory, "goes"));
    const report = await worker.run("rmdir", { dir: ["stays", "goes"], ...quiet });
    expect(report.value("rc")).toBe(3);
    expect(await readdir(worker.builderDirectory)).toEqual([]);
  });

  it("has the last rc of several that is not 0", async () => {
    await replaceProgram("rm", 'case "$2" in */a) exit 3 ;; */b) exit 4 ;; esac');
    expect((await worker.run("rmdir", { dir: ["a", "b", "c"], ...quiet })).value("rc")).toBe(4);
  });

  it("does not say by which signal its programs died", async () => {
    await replaceProgram("rm", "kill -TERM $$");
    const report = await worker.run("rmdir", { dir: "x", ...quiet });
    expect(report.value("rc")).toBe(-1);
    expect(report.text("header")).not.toContain("signal");
  });

  it("kills a program that is silent too long, and tries once more", async () => {
    await replaceProgram("rm", "exec sleep 1000");
    const report = await worker.run("rmdir", { dir: "x", timeout: 1, ...quiet });
    const keys = report.updates.map(([key]) => key);
    expect(keys.filter((key, index) => key !== keys[index - 1])).toEqual([
      "header",
      "failure_reason",
      "header",
      "failure_reason",
      "header",
      "rc",
      "elapsed",
    ]);
    expect(report.value("failure_reason")).toBe("timeout_without_output");
    expect(report.value("rc")).toBe(-1);
  });

  it("that is interrupted is killed, starts nothing more and has an rc", async () => {
    await replaceProgram("rm", "echo $$; exec sleep 1000");
    const report = await worker.start("rmdir", { dir: ["x", "y"], ...quiet });
    await report.printed("stdout", "\n");
    await worker.interrupt(report);
    expect(await report.completed).toBeNull();
    expect(lines(report.text("header")).slice(-3)).toEqual([
      "",
      "command interrupted, attempting to kill",
      "elapsedTime=",
    ]);
    expect(report.text("header")).not.toMatch(/chmod|b1\/y/);
    expect(report.value("rc")).toBe(-1);
    expect(report.value("elapsed")).toBeUndefined();
    await poll("the program to go", () => !isRunning(Number(report.text("stdout"))));
  });

  it.each(["link", "link/", "link//"])("removes %s and leaves its target unchanged", async (dir) => {
    await mkdir(join(worker.builderDirectory, "there"));
    await writeFile(join(worker.builderDirectory, "there", "file"), "");
    await symlink("there", join(worker.builderDirectory, "link"));
    expect((await worker.run("rmdir", { dir, ...quiet })).value("rc")).toBe(0);
    expect(await readdir(worker.builderDirectory)).toEqual(["there"]);
    expect(await readdir(join(worker.builderDirectory, "there"))).toEqual(["file"]);
  });

  it("removes a link in the tree and leaves its target unchanged", async () => {
    await mkdir(join(worker.builderDirectory, "there"));
    await writeFile(join(worker.builderDirectory, "there", "file"), "");
    await mkdir(join(worker.builderDirectory, "tree"));
    await symlink("../there", join(worker.builderDirectory, "tree", "link"));
    expect((await worker.run("rmdir", { dir: "tree", ...quiet })).value("rc")).toBe(0);
    expect(await readdir(worker.builderDirectory)).toEqual(["there"]);
    expect(await readdir(join(worker.builderDirectory, "there"))).toEqual(["file"]);
  });

  it("does not change permissions of the target of a link that cannot be removed", async () => {
    await replaceProgram("rm", "exit 1");
    await mkdir(join(worker.builderDirectory, "there"));
    await chmod(join(worker.builderDirectory, "there"), 0o500);
    await symlink("there", join(worker.builderDirectory, "link"));
    const report = await worker.run("rmdir", { dir: "link", ...quiet });
    expect(report.value("rc")).toBe(1);
    expect(report.text("header")).not.toContain("chmod");
    expect((await stat(join(worker.builderDirectory, "there"))).mode & 0o777).toBe(0o500);
  });

  it("goes on for longer than its limit of silence while it works, and is killed when it does nothing", async () => {
    const clock = new ManualClock();
    const untimed = await attachWorker({ PATH: `${bin}:/usr/bin:/bin` }, { clock });
    onTestFinished(() => untimed.end());
    await replaceProgram("rm", `echo $$ >${bin}/pid; while :; do :; done`);
    const report = await untimed.start("rmdir", { dir: "x", timeout: 100, maxTime: 1000, ...quiet });
    const pid = await poll(
      "the program to begin",
      async () => Number(await readFile(join(bin, "pid"), "utf8").catch(() => 0)) || undefined,
    );
    for (let seconds = 0; seconds < 400; seconds += 40) {
      const before = workOf(pid);
      await poll("the program to work", () => workOf(pid) !== before);
      clock.advance(40_000);
    }
    expect(report.value("failure_reason")).toBeUndefined();
    process.kill(pid, "SIGSTOP");
    await poll("the program to stop", () => stateOf(pid) === "T");
    const clockUntil = (what: string, isSo: () => boolean) =>
      poll(what, () => {
        clock.advance(1000);
        return isSo();
      });
    await clockUntil("the program to be killed", () => !isRunning(pid));
    expect(report.text("header")).toContain("command timed out: 100 seconds without output running [b'rm', b'-rf', ");
    await untimed.interrupt(report);
    await clockUntil("the command to end", () => report.completions === 1);
    expect(report.value("failure_reason")).toBe("timeout_without_output");
  });

  it("of no directory at all fails as on Buildbot's worker", async () => {
    const report = await worker.run("rmdir", { dir: [] });
    expect(JSON.stringify(await report.completed)).toContain("builtins.AssertionError");
  });
});

describe("cpdir", () => {
  it("copies into a directory that is there, or whose name ends with a slash", async () => {
    await mkdir(join(worker.builderDirectory, "from"));
    await mkdir(join(worker.builderDirectory, "there"));
    for (const todir of ["there", "new/", "deep/er"]) {
      expect((await worker.run("cpdir", { fromdir: "from", todir, ...quiet })).value("rc")).toBe(0);
    }
    expect(await readdir(join(worker.builderDirectory, "there"))).toEqual(["from"]);
    expect(await readdir(join(worker.builderDirectory, "new"))).toEqual(["from"]);
    expect(await readdir(join(worker.builderDirectory, "deep"))).toEqual(["er"]);
  });

  it("says why the target's parent cannot be made", async () => {
    await writeFile(join(worker.builderDirectory, "file"), "");
    const report = await worker.run("cpdir", { fromdir: "x", todir: "file/deep/er", ...quiet });
    expect(await report.completed).toBeNull();
    expect(report.value("rc")).toBe(20);
    expect(report.text("header")).toBe(`cpdir: Not a directory: ${worker.builderDirectory}/file/deep\n`);
  });

  it("has an rc when its program is not there", async () => {
    const other = await attachWorker({ PATH: bin });
    onTestFinished(() => other.end());
    const report = await other.run("cpdir", { fromdir: "x", todir: "y", ...quiet });
    expect(report.value("rc")).toBe(1);
    expect(report.text("stderr")).toContain("cannot run cp: no such program");
  });

  it("that is interrupted is killed and has an rc", async () => {
    await replaceProgram("cp", 'test "$2" = --version && exit 1; echo $$; sleep 1000 & wait');
    const report = await worker.start("cpdir", { fromdir: "x", todir: "y", ...quiet });
    await report.printed("stdout", "\n");
    await worker.interrupt(report);
    expect(await report.completed).toBeNull();
    expect(report.value("rc")).toBe(-1);
    expect(report.value("elapsed")).toBeUndefined();
    expect(isRunning(Number(report.text("stdout")))).toBe(false);
  });

  it.each([
    { knows: 0, copied: "--reflink=auto -R -P -p -v" },
    { knows: 1, copied: "-R -P -p -v" },
  ])("shares blocks where cp can (it says $knows), and shows what people know", async ({ knows, copied }) => {
    await replaceProgram("cp", `test "$2" = --version && exit ${knows}; echo "$@"`);
    const report = await worker.run("cpdir", { fromdir: "a", todir: "b", ...quiet });
    const paths = `${worker.builderDirectory}/a ${worker.builderDirectory}/b`;
    expect(report.text("stdout")).toBe(`${copied} ${paths}\n`);
    expect(lines(report.text("header"))).toEqual([
      "cp -R -P -p -v BASE/b1/a BASE/b1/b",
      " in dir BASE (timeout 120 secs)",
      " watching logfiles {}",
      " argv: [b'cp', b'-R', b'-P', b'-p', b'-v', b'BASE/b1/a', b'BASE/b1/b']",
      " using PTY: False",
      "elapsedTime=",
    ]);
  });

  it("can be interrupted while cp is checked for its options", async () => {
    await replaceProgram("cp", `echo $$ >${bin}/pid; exec sleep 1000`);
    const report = await worker.start("cpdir", { fromdir: "x", todir: "y", ...quiet });
    const asked = await poll(
      "cp to be asked",
      async () => Number(await readFile(join(bin, "pid"), "utf8").catch(() => 0)) || undefined,
    );
    await worker.interrupt(report);
    expect(await report.completed).toBeNull();
    expect(report.value("rc")).toBe(-1);
    expect(report.text("header")).not.toContain("cp ");
    expect(isRunning(asked)).toBe(false);
  });
});
