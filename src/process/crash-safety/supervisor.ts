// Sees to it that a worker which dies, by SIGKILL even, takes its commands with it: a small shell beside the worker, one
// for all commands of this process, reads from a pipe which of them run, and kills those once the pipe ends. Should the
// shell be killed as well, a record on the disk tells the next worker. Knows nothing of their runs.
//
// Both know of a command before it is started, by its cookie: nothing starts a child and tells of it at once.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import type { Clock, Timer } from "../../base/clock.ts";
import { errorText } from "../../base/errors.ts";
import { within } from "../../base/waiting.ts";
import { type ControlGroupRule, ControlGroups, findControlGroupPlace } from "../tree/index.ts";
import { announcedCommand, begunLine, overLine, type SupervisedCommand } from "./supervised-command.ts";
import { SUPERVISOR_NAME, supervisorScript } from "./supervisor-script.ts";

export interface SupervisorOptions {
  readonly clock: Clock;
  /** Whether each command gets a control group. */
  readonly controlGroups: ControlGroupRule;
  /** Told why commands may outlive a worker that dies, each time the shell cannot be run or is gone. */
  readonly onFailure: (reason: string) => void;
}

/** A shell that ends sooner than this makes the wait before the next one longer, unless it is the first to do so. */
export const STEADY_MS = 60_000;
/** How long is waited after the second such end in a row; doubled with each, up to the longest. */
export const FIRST_DELAY_MS = 2000;
export const LONGEST_DELAY_MS = 60_000;

/** A shell that lets so much wait to be read does its work no more, as when somebody stopped it. */
const UNREAD_LIMIT_BYTES = 64 * 1024;

/** How long the shell, which has nothing left to do, may take to end. */
const END_LIMIT_MS = 1000;

export class Supervisor {
  readonly #options: SupervisorOptions;
  /** Where commands get control groups; undefined where they get none. */
  readonly controlGroups: ControlGroups | undefined;
  readonly #running = new Set<SupervisedCommand>();
  #shell: ChildProcess | undefined;
  /** Of commands that are over. */
  #unsent = "";
  #startedMs = 0;
  /** How many ended too soon, one after the other. */
  #soonEndCount = 0;
  #notBeforeMs = 0;
  #restart: Timer | undefined;
  #isClosed = false;
  #workerCount = 0;

  constructor(options: SupervisorOptions) {
    this.#options = options;
    const place = findControlGroupPlace(options.controlGroups);
    this.controlGroups = place === undefined ? undefined : new ControlGroups(place);
    if (options.controlGroups === "on" && place === undefined) {
      options.onFailure("they were to get control groups, but this worker cannot make any");
    }
  }

  /** The number of another worker that it serves, from 1 on. */
  nextOrdinal(): number {
    this.#workerCount += 1;
    return this.#workerCount;
  }

  /** To be called before a command is started, so that nothing but telling its number is left to do then. */
  prepare(): void {
    const { clock } = this.#options;
    if (this.#shell !== undefined || this.#isClosed || clock.nowMs() < this.#notBeforeMs) return;
    this.#restart?.cancel();
    this.#startedMs = clock.nowMs();
    try {
      const shell = startShell(this.controlGroups?.directory, (reason) => {
        if (this.#shell === shell) this.#noteEnd(reason);
      });
      this.#shell = shell;
    } catch (error) {
      this.#noteEnd(errorText(error));
    }
    this.#unsent = "";
    for (const command of this.#running) this.#tell(begunLine(command));
  }

  /** To be called before a command is started; the result is to be enlisted with the command, or dismissed. */
  announce(command: Pick<SupervisedCommand, "cookie" | "hidesNames">): SupervisedCommand {
    const announced = announcedCommand(command);
    this.enlist(announced);
    return announced;
  }

  /** To be called in the same breath as the command is started. */
  enlist(command: SupervisedCommand, announced?: SupervisedCommand): void {
    this.#running.add(command);
    if (announced !== undefined && this.#running.delete(announced)) this.#unsent += overLine(announced);
    this.#tell(begunLine(command));
  }

  /** The command is over, or was not started; what it left running is to be left. */
  dismiss(command: SupervisedCommand): void {
    if (this.#running.delete(command)) this.#tellSoon(overLine(command));
  }

  /** Ends the shell, which kills what was not dismissed. Resolves when it is gone, or had its time. */
  async close(): Promise<void> {
    this.#tell("");
    const shell = this.#shell;
    this.#shell = undefined;
    this.#isClosed = true;
    this.#restart?.cancel();
    await this.#endShell(shell);
    this.controlGroups?.removeEmpty();
  }

  async #endShell(shell: ChildProcess | undefined): Promise<void> {
    if (shell?.pid === undefined || shell.exitCode !== null || shell.signalCode !== null) return;
    shell.ref();
    const ended = once(shell, "exit");
    shell.stdin?.end();
    await within(this.#options.clock, ended, END_LIMIT_MS);
    shell.unref();
  }

  /** At the end of this turn, or with what is told before: it is known to have happened, and wakes the shell. */
  #tellSoon(line: string): void {
    if (this.#unsent === "") setImmediate(() => this.#tell(""));
    this.#unsent += line;
  }

  #tell(line: string): void {
    const lines = this.#unsent + line;
    this.#unsent = "";
    const shell = this.#shell;
    if (!shell?.stdin || lines === "") return;
    shell.stdin.write(lines);
    if (shell.stdin.writableLength > UNREAD_LIMIT_BYTES) shell.kill("SIGKILL");
  }

  #noteEnd(reason: string): void {
    const { clock, onFailure } = this.#options;
    this.#shell = undefined;
    const nowMs = clock.nowMs();
    this.#soonEndCount = nowMs - this.#startedMs < STEADY_MS ? this.#soonEndCount + 1 : 0;
    const delayMs = this.#soonEndCount < 2 ? 0 : FIRST_DELAY_MS * 2 ** (this.#soonEndCount - 2);
    this.#notBeforeMs = nowMs + Math.min(delayMs, LONGEST_DELAY_MS);
    onFailure(reason);
    const startAgain = () => {
      if (this.#running.size > 0) this.prepare();
    };
    if (delayMs === 0) startAgain();
    else if (!this.#isClosed) this.#restart = clock.after(this.#notBeforeMs - nowMs, startAgain);
  }
}

/** In a session of its own, so that no signal to the worker's group ends it before its time; it keeps no process alive. */
function startShell(groupDirectory: string | undefined, onEnd: (reason: string) => void): ChildProcess {
  const ofGroups = groupDirectory === undefined ? [] : [groupDirectory];
  const shell: ChildProcess = spawn("/bin/sh", ["-c", supervisorScript, SUPERVISOR_NAME, ...ofGroups], {
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
