// The shell that kills commands once nobody tells it any more which of them run.
import { type ChildProcess, spawn } from "node:child_process";
import { randomInt, randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Clock, systemClock } from "../../../src/base/clock.ts";
import { endedLine, startedLine } from "../../../src/process/crash-safety/supervised-command.ts";
import {
  FIRST_DELAY_MS,
  LONGEST_DELAY_MS,
  STEADY_MS,
  Supervisor,
} from "../../../src/process/crash-safety/supervisor.ts";
import { SUPERVISOR_NAME, supervisorScript } from "../../../src/process/crash-safety/supervisor-script.ts";
import { allPids, childrenOf, entriesOf, readProcess, startTicksOf } from "../../../src/process/tree/process-list.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { poll } from "../../support/poll.ts";
import { rowsOf } from "../../support/sized.ts";
import { isAlive, killRunning, untilGone } from "../run-program.ts";

/** More than any system gives out. */
const NOBODY = 99_999_999;

const strays: number[] = [];
const supervisors: Supervisor[] = [];
// On a busy machine the shell of an earlier test may still search for processes: closing waits a second only.
beforeEach(() => poll("the shells of earlier tests to end", () => shells().length === 0));
afterEach(async () => {
  for (const supervisor of supervisors.splice(0)) await supervisor.close();
  killRunning(strays.splice(0));
});

/** A command as a worker starts it; `pids` are its own and those it prints, as many as `count`. */
async function startCommand(script: string, { count = 0, env = {} } = {}) {
  const child = spawn("sh", ["-c", script], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
    env: { PATH: process.env["PATH"], ...env },
  });
  const { pid: leaderPid = 0 } = child;
  strays.push(leaderPid);
  let text = "";
  child.stdout.setEncoding("latin1").on("data", (chunk: string) => {
    text += chunk;
  });
  await poll(`${count} process ids`, () => text.split("\n").length > count);
  const pids = [leaderPid, ...text.split("\n").slice(0, count).map(Number)];
  strays.push(...pids);
  return { child, pids, command: { leaderPid, startTicks: startTicksOf(leaderPid), cookie: undefined } };
}

function newSupervisor(clock: Clock = systemClock) {
  const failures: string[] = [];
  const onFailure = (reason: string) => failures.push(reason);
  const supervisor = new Supervisor({ clock, controlGroups: "off", onFailure });
  supervisors.push(supervisor);
  return { failures, supervisor };
}

/** The shells that are children of this process. */
function shells(): number[] {
  return childrenOf(process.pid).filter((pid) => commandLine(pid).endsWith(`\0${SUPERVISOR_NAME}\0`));
}

function commandLine(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, "latin1");
}

describe("the end of the supervisor", () => {
  test("kills every command that was not dismissed", async () => {
    const { supervisor, failures } = newSupervisor();
    supervisor.prepare();
    const first = await startCommand("setsid sleep 1000 & echo $!; wait", { count: 1 });
    const second = await startCommand("exec sleep 1000");
    const over = await startCommand("exec sleep 1000");
    for (const { command } of [first, second, over]) supervisor.enlist(command);
    supervisor.dismiss(over.command);
    await supervisor.close();
    await untilGone(...first.pids, ...second.pids);
    expect(over.pids.map(isAlive)).toEqual([true]);
    expect(failures).toEqual([]);
  });

  test("without commands leaves nothing, whether it was ever needed or not", async () => {
    const unused = newSupervisor();
    await unused.supervisor.close();
    const { supervisor, failures } = newSupervisor();
    supervisor.prepare();
    expect(shells()).toHaveLength(1);
    await supervisor.close();
    await supervisor.close();
    expect(shells()).toEqual([]);
    expect(failures).toEqual([]);
  });
});

describe("the supervisor", () => {
  test("is one shell for all commands, and leaves it no descriptor but its pipe", async () => {
    const { supervisor } = newSupervisor();
    for (let i = 0; i < 3; i += 1) supervisor.prepare();
    const [shell = 0, ...others] = shells();
    expect(others).toEqual([]);
    const { command: neighbour } = await startCommand("exec sleep 1000");
    // Besides the three, what whoever started these tests has left open for every child, once both have been loaded.
    const descriptorsOf = (pid: number) => entriesOf(`/proc/${pid}/fd`).join();
    await poll("the shell to close its descriptors", () => descriptorsOf(shell) === descriptorsOf(neighbour.leaderPid));
  });

  test("ignores signals that end its neighbours", async () => {
    const { supervisor, failures } = newSupervisor();
    supervisor.prepare();
    const [shell] = shells() as [number];
    await poll("the shell to ignore the signals", () =>
      /^SigIgn:\s*[0-9a-f]*4a07$/m.test(readFileSync(`/proc/${shell}/status`, "latin1")),
    );
    for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"] as const) process.kill(shell, signal);
    expect(shells()).toEqual([shell]);
    await supervisor.close();
    expect(failures).toEqual([]);
  });

  test("is replaced when it stops reading", async () => {
    const { supervisor, failures } = newSupervisor();
    supervisor.prepare();
    const { pids, command } = await startCommand("exec sleep 1000");
    supervisor.enlist(command);
    process.kill(shells()[0]!, "SIGSTOP");
    const over = { leaderPid: NOBODY, startTicks: undefined, cookie: "x".repeat(40) };
    await poll("the failure", () => {
      for (let i = 0; i < 1000; i += 1) {
        supervisor.enlist(over);
        supervisor.dismiss(over);
      }
      return failures.length > 0;
    });
    await supervisor.close();
    await untilGone(...pids);
  });

  test("is restarted when it was killed, with the running commands", async () => {
    const { supervisor, failures } = newSupervisor();
    supervisor.prepare();
    const { pids, command } = await startCommand("exec sleep 1000");
    supervisor.enlist(command);
    const [first] = shells() as [number];
    process.kill(first, "SIGKILL");
    await poll("the failure", () => failures.length === 1);
    expect(failures).toEqual(["its shell ended with SIGKILL"]);
    expect(isAlive(pids[0] ?? 0)).toBe(true);
    await supervisor.close();
    await untilGone(...pids);
  });
});

describe("a supervisor that is killed again and again", () => {
  test("is restarted with a growing delay of up to a minute, as long as the worker runs", async () => {
    const clock = new ManualClock();
    const { supervisor, failures } = newSupervisor(clock);
    supervisor.prepare();
    const { command } = await startCommand("exec sleep 1000");
    supervisor.enlist(command);
    const kill = async () => {
      const count = failures.length;
      process.kill(shells()[0]!, "SIGKILL");
      await poll("the failure", () => failures.length > count);
    };
    await kill();
    const delaysMs: number[] = [];
    for (let delayMs = FIRST_DELAY_MS; delaysMs.length < 8; delayMs = Math.min(2 * delayMs, LONGEST_DELAY_MS)) {
      await kill();
      clock.advance(delayMs - 1);
      expect(shells()).toEqual([]);
      clock.advance(1);
      expect(shells()).toHaveLength(1);
      delaysMs.push(delayMs);
    }
    expect(delaysMs.at(-1)).toBe(LONGEST_DELAY_MS);
    clock.advance(STEADY_MS);
    await kill();
    expect(shells()).toHaveLength(1);
    await supervisor.close();
    expect(clock.timerCount).toBe(0);
  });

  test("is tried again with the next command, once its delay is over", async () => {
    const clock = new ManualClock();
    const { supervisor, failures } = newSupervisor(clock);
    for (const count of [1, 2]) {
      supervisor.prepare();
      process.kill(shells()[0]!, "SIGKILL");
      await poll("the failure", () => failures.length === count);
    }
    supervisor.prepare();
    expect(shells()).toEqual([]);
    clock.advance(FIRST_DELAY_MS);
    expect(shells()).toEqual([]);
    supervisor.prepare();
    expect(shells()).toHaveLength(1);
    const closing = supervisor.close();
    await poll("the shell to end", () => shells().length === 0);
    clock.advance(10_000);
    await closing;
  });
});

const mayBeAnother = process.geteuid?.() === 0;

describe.skipIf(!mayBeAnother)(
  "where no process can be started any more (left out but for root, who can become another)",
  () => {
    // Of this run only: another at the same time would use up the limit of both.
    const user = randomInt(1_000_000_000, 2_000_000_000);
    // Sets the limit of an unused user to a few processes and becomes it.
    const LIMITED = `import os, resource, sys
resource.setrlimit(resource.RLIMIT_NPROC, (30, 30))
os.setgid(${user}); os.setuid(${user}); os.execvp(sys.argv[1], sys.argv[1:])`;
    const STORM = `import os, time
print(os.getpid(), flush=True)
told = False
while True:
  try:
    if os.fork() == 0: LEAVE; time.sleep(1000)
  except OSError:
    if not told: print(0, flush=True)
    told = True
    time.sleep(0.01)`;
    const shells = ["/bin/dash", "/bin/bash"].filter((path) => existsSync(path));

    // What a failure has left would be there for good.
    afterEach(() => {
      for (const pid of ofUser(user)) process.kill(pid, "SIGKILL");
    });

    test.each(shells.flatMap((path) => ["0", "os.setsid()"].map((leave) => [path, leave] as const)))(
      "%s kills a storm of processes that do %s",
      async (path, leave) => {
        const asOther = (argv: string[]) => ["-c", LIMITED, ...argv];
        const options = { detached: true, cwd: "/", env: { PATH: "/usr/bin:/bin" } } as const;
        const shell = spawn("python3", asOther([path, "-c", supervisorScript(), SUPERVISOR_NAME]), {
          ...options,
          stdio: ["pipe", "ignore", "ignore"],
        });
        const storm = spawn("python3", asOther(["python3", "-c", STORM.replace("LEAVE", leave)]), {
          ...options,
          stdio: ["ignore", "pipe", "ignore"],
        });
        let text = "";
        storm.stdout.setEncoding("latin1").on("data", (chunk: string) => {
          text += chunk;
        });
        await poll("the storm to begin", () => text.endsWith("\n0\n"));
        const leaderPid = storm.pid ?? 0;
        const command = { leaderPid, startTicks: startTicksOf(leaderPid), cookie: randomUUID() };
        shell.stdin?.end(startedLine(command));
        await once(shell, "exit");
        await poll("all of the user's processes to end", () => ofUser(user).length === 0);
        expect(storm.signalCode).toBe("SIGKILL");
      },
      30_000,
    );
  },
);

/** The numbers of all that runs as that user. */
function ofUser(userId: number): readonly number[] {
  return allPids().filter((pid) => {
    return readProcess(pid) !== undefined && statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === userId;
  });
}

const allShells = ["/bin/sh", "/bin/bash", "/bin/dash", "/bin/busybox"].filter((path) => existsSync(path));

describe.each(rowsOf(allShells, (_path, index) => index === 0))("the script in %s", (path) => {
  test("forgets ended commands and kills the others at the end of its input", async () => {
    const first = await startCommand("setsid sleep 1000 & echo $!; wait", { count: 1 });
    const second = await startCommand("exec sleep 1000");
    const argv = path.endsWith("busybox") ? ["sh"] : [];
    const shell: ChildProcess = spawn(path, [...argv, "-c", supervisorScript(), SUPERVISOR_NAME], {
      stdio: ["pipe", "ignore", "pipe"],
      detached: true,
    });
    const complaints: Buffer[] = [];
    shell.stderr?.on("data", (chunk: Buffer) => complaints.push(chunk));
    for (const { command } of [first, second]) {
      shell.stdin?.write(startedLine({ ...command, hidesNames: true }));
    }
    // So many that the list of them is cleared some times.
    for (let number = 0; number < 500; number += 1) {
      const over = { leaderPid: NOBODY + number, startTicks: 1, cookie: randomUUID() };
      shell.stdin?.write(startedLine(over) + endedLine(over));
    }
    shell.stdin?.end(endedLine(second.command));
    expect((await once(shell, "exit"))[0]).toBe(0);
    await untilGone(...first.pids);
    expect(second.pids.map(isAlive)).toEqual([true]);
    expect(`${Buffer.concat(complaints)}`).not.toMatch(/syntax|illegal|not found|unbound/i);
  });
});
