// twistd.pid beside the processes that it may name: a worker, somebody else, nobody, and several who want to be it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { daemonErrors } from "../../src/daemon/errors.ts";
import {
  claimPidFile,
  type PidPlace,
  pidPlace,
  readPidFile,
  removePidFile,
  removeStale,
} from "../../src/daemon/pid-file.ts";
import { rowsOf, sized } from "../support/sized.ts";
import { type Installation, install } from "./worker-program.ts";

/** Linux has no pids from 2^22 on. */
const NOBODYS_PID = 2 ** 22 + 1;

let directory: string;
let place: PidPlace;
const children: ChildProcess[] = [];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "buildhand-pid-"));
  place = pidPlace(directory);
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const gone = once(child, "exit");
    child.kill("SIGKILL");
    await gone;
  }
  rmSync(directory, { recursive: true });
});

function startIn(cwd: string): number {
  const child = spawn("sleep", ["1000"], { cwd, stdio: "ignore" });
  children.push(child);
  return child.pid!;
}

function write(content: string): void {
  writeFileSync(place.path, content);
}

describe("the place", () => {
  it("is twistd.pid in the base directory, or where somebody wants it", () => {
    expect(pidPlace("/w").path).toBe("/w/twistd.pid");
    expect(pidPlace("/w", "x.pid").path).toBe("/w/x.pid");
    expect(pidPlace("/w", "/run/x.pid").path).toBe("/run/x.pid");
  });
});

describe("a pid file that is read", () => {
  it("is absent", () => {
    expect(readPidFile(place)).toEqual({ state: "absent" });
  });

  it.each(["", "\n"])("names a process that works in the base directory, behind it %j", (end) => {
    const pid = startIn(directory);
    write(`${pid}${end}`);
    expect(readPidFile(place)).toEqual({ state: "running", pid });
  });

  it("is believed whatever the clock said when it was written: it may have been set since", () => {
    const pid = startIn(directory);
    write(String(pid));
    const longAgo = new Date("2001-01-01");
    utimesSync(place.path, longAgo, longAgo);
    expect(readPidFile(place)).toEqual({ state: "running", pid });
  });

  it("is stale when nobody has the pid", () => {
    write(String(NOBODYS_PID));
    expect(readPidFile(place)).toEqual({ state: "stale", pid: NOBODYS_PID });
  });

  it("is stale when the pid has come round to a process that works elsewhere", () => {
    const pid = startIn("/");
    write(String(pid));
    expect(readPidFile(place)).toEqual({ state: "stale", pid });
  });

  it("is stale when it names the one who reads, who is no worker yet", () => {
    write(String(process.pid));
    expect(readPidFile(place)).toEqual({ state: "stale", pid: process.pid });
  });

  it.each([
    ["", "contains '', which is not a process id"],
    ["not a number", "contains 'not a number', which is not a process id"],
    ["0", "contains '0', which is not a process id"],
    ["-1", "contains '-1', which is not a process id"],
    ["1 2", "contains '1 2', which is not a process id"],
    ["0x10", "contains '0x10', which is not a process id"],
    ["9".repeat(30), `contains '${"9".repeat(30)}', which is not a process id`],
    ["9".repeat(100), "cannot be read: Longer than 64 bytes"],
  ])("that holds %j is told apart from one that is absent", (content, reason) => {
    write(content);
    expect(readPidFile(place)).toEqual({ state: "unreadable", reason });
  });

  it("that is a directory is told, too", () => {
    mkdirSync(place.path);
    expect(readPidFile(place)).toEqual({ state: "unreadable", reason: "cannot be read: Not a regular file" });
  });
});

describe("claiming", () => {
  it("writes the pid and nothing else, for the owner alone, and leaves nothing beside it", async () => {
    await claimPidFile(place);
    expect(readFileSync(place.path, "latin1")).toBe(String(process.pid));
    expect(statSync(place.path).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(["twistd.pid"]);
    removePidFile(place, () => {});
    expect(readdirSync(directory)).toEqual([]);
  });

  it("takes over a stale file", async () => {
    write(String(NOBODYS_PID));
    await claimPidFile(place);
    expect(readFileSync(place.path, "latin1")).toBe(String(process.pid));
    expect(readdirSync(directory)).toEqual(["twistd.pid"]);
  });

  it("is refused while a worker runs, and its file stays", async () => {
    const pid = startIn(directory);
    write(String(pid));
    await expect(claimPidFile(place)).rejects.toThrow(daemonErrors.alreadyRunning(pid, place.path).message);
    expect(readFileSync(place.path, "latin1")).toBe(String(pid));
    expect(readdirSync(directory)).toEqual(["twistd.pid"]);
  });

  it("is refused when nobody knows what the file means", async () => {
    write("garbage");
    await expect(claimPidFile(place)).rejects.toThrow(`${place.path} contains 'garbage', which is not a process id`);
    expect(readFileSync(place.path, "latin1")).toBe("garbage");
  });

  it("is refused where no file can be made", async () => {
    const nowhere = pidPlace(directory, "none/twistd.pid");
    await expect(claimPidFile(nowhere)).rejects.toThrow(`${nowhere.path} cannot be written: No such file or directory`);
  });
});

describe("removing", () => {
  it("leaves a file alone that names another process by now", () => {
    const pid = startIn(directory);
    write(String(pid));
    removePidFile(place, () => {});
    expect(existsSync(place.path)).toBe(true);
  });

  it("as stale leaves a running worker's alone", async () => {
    const pid = startIn(directory);
    write(String(pid));
    await removeStale(place);
    expect(readPidFile(place)).toEqual({ state: "running", pid });
    expect(readdirSync(directory)).toEqual(["twistd.pid"]);
  });

  it("does not mind that somebody was faster", async () => {
    await removeStale(place);
    expect(readdirSync(directory)).toEqual([]);
  });

  it("says what is in the way when another process died while it did the same", async () => {
    write(String(NOBODYS_PID));
    writeFileSync(`${place.path}.stale`, "");
    await expect(removeStale(place)).rejects.toThrow(`if there is no such process, remove ${place.path}.stale`);
  });
});

describe("of many processes that claim the file at once", () => {
  const CLAIMANTS = sized(3, 8);
  const claim = (url: string) => `
    const { claimPidFile, pidPlace } = await import(${JSON.stringify(url)});
    process.stdout.write("ready\\n");
    process.stdin.once("data", async () => {
      try { await claimPidFile(pidPlace(process.cwd())); process.stdout.write("won\\n"); }
      catch (error) { process.stdout.write(error.code + "\\n"); }
    });`;

  let installation: Installation;
  beforeEach(() => {
    installation = install();
  });
  afterEach(() => installation.remove());

  const contents: readonly [string, string?][] = [["none"], ["a stale one", String(NOBODYS_PID)]];
  it.each(rowsOf(contents, (_, at) => at === 1))(
    "one gets it where there was %s, and the others know",
    async (_, content) => {
      if (content !== undefined) write(content);
      chmodSync(directory, 0o755);
      const url = pathToFileURL(join(installation.executable, "../../dist/daemon/pid-file.js")).href;
      const claimants = Array.from({ length: CLAIMANTS }, () => {
        const child = spawn(process.execPath, ["--input-type=module", "-e", claim(url)], {
          cwd: directory,
          stdio: ["pipe", "pipe", "inherit"],
        });
        children.push(child);
        return { child, lines: child.stdout.setEncoding("utf8") };
      });
      await Promise.all(claimants.map(({ lines }) => once(lines, "data")));
      const verdicts = Promise.all(
        claimants.map(async ({ lines }) => ((await once(lines, "data")) as [string])[0].trim()),
      );
      for (const { child } of claimants) child.stdin.write("go\n");
      const told = await verdicts;
      expect(told.filter((verdict) => verdict === "won")).toEqual(["won"]);
      expect(told.filter((verdict) => verdict !== "won")).toEqual(
        Array.from({ length: CLAIMANTS - 1 }, () => daemonErrors.alreadyRunning.code),
      );
      const winner = claimants[told.indexOf("won")]!.child.pid;
      expect(readPidFile(place)).toEqual({ state: "running", pid: winner });
      expect(readdirSync(directory)).toEqual(["twistd.pid"]);
    },
  );
});
