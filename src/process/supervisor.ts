// Sees to it that a worker which dies, by SIGKILL even, takes its commands with it: a small shell beside the worker, one
// for all commands, reads from a pipe which of them run, and kills those once the pipe ends. Knows nothing of their runs.
//
// There is no such command as would start a child and tell of it at once. A worker that is killed in the moment between,
// well below a millisecond, leaves that child behind.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import type { Clock, Timer } from "../base/clock.ts";
import { errorText } from "../base/errors.ts";
import { SUPERVISOR_NAME, supervisorScript } from "./supervisor-script.ts";

export interface SupervisorOptions {
  readonly clock: Clock;
  /** Told why commands may outlive a worker that dies, each time the shell cannot be run or is gone. */
  readonly onFailure: (reason: string) => void;
}

/** A command's first process, as in `ProcessTree`. */
export interface SupervisedCommand {
  readonly leaderPid: number;
  readonly startTicks: number | undefined;
  readonly cookie: string | undefined;
}

/** How often the shell is started in the life of a worker: one that ends again and again is somebody's wish. */
const START_LIMIT = 5;

/** How long the shell, which has nothing left to do, may take to end. */
const END_LIMIT_MS = 1000;

export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #running = new Set<SupervisedCommand>();
  #shell: ChildProcess | undefined;
  #startCount = 0;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  /** To be called before a command is started, so that nothing but telling its number is left to do then. */
  prepare(): void {
    if (this.#shell !== undefined || this.#startCount === START_LIMIT) return;
    this.#startCount += 1;
    try {
      const shell = startShell((reason) => this.#forget(shell, reason));
      this.#shell = shell;
    } catch (error) {
      this.#options.onFailure(errorText(error));
    }
    for (const command of this.#running) this.#tell(enlistment(command));
  }

  /** To be called in the same breath as the command is started. */
  enlist(command: SupervisedCommand): void {
    this.#running.add(command);
    this.#tell(enlistment(command));
  }

  /** The command is over; what it left running is to be left. */
  dismiss(command: SupervisedCommand): void {
    if (this.#running.delete(command)) this.#tell(`-${command.leaderPid}\n`);
  }

  /** Ends the shell, which kills what was not dismissed. Resolves when it is gone, or had its time. */
  async close(): Promise<void> {
    const shell = this.#shell;
    this.#shell = undefined;
    this.#startCount = START_LIMIT;
    if (shell?.pid === undefined || shell.exitCode !== null || shell.signalCode !== null) return;
    shell.ref();
    const ended = once(shell, "exit");
    shell.stdin?.end();
    let timer: Timer | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = this.#options.clock.after(END_LIMIT_MS, resolve);
    });
    await Promise.race([ended, limit]);
    timer?.cancel();
    shell.unref();
  }

  #tell(line: string): void {
    this.#shell?.stdin?.write(line);
  }

  #forget(shell: ChildProcess, reason: string): void {
    if (this.#shell !== shell) return;
    this.#shell = undefined;
    this.#options.onFailure(reason);
    if (this.#running.size > 0) this.prepare();
  }
}

/** In a session of its own, so that no signal to the worker's group ends it before its time; it keeps no process alive. */
function startShell(onEnd: (reason: string) => void): ChildProcess {
  const shell: ChildProcess = spawn("/bin/sh", ["-c", supervisorScript, SUPERVISOR_NAME], {
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  shell.on("error", (error) => onEnd(errorText(error)));
  shell.on("exit", (code, signal) => onEnd(`its shell ended with ${signal ?? `status ${code}`}`));
  const { stdin } = shell;
  stdin?.on("error", () => {}); // EPIPE: it is gone, as `exit` tells
  shell.unref();
  if (stdin instanceof Socket) stdin.unref();
  return shell;
}

function enlistment({ leaderPid, startTicks, cookie }: SupervisedCommand): string {
  return `+${leaderPid}:${startTicks ?? ""}:${cookie ?? ""}\n`;
}
