// Kills the commands of a worker that dies, even by SIGKILL: a small shell beside the worker, one for all commands of
// this process, reads from a pipe which of them are running, and kills them once the pipe ends. If the shell is killed
// as well, the next worker uses the record on disk. Independent of their runs.
//
// Both know the cookie of a command before it starts, because starting a child and reporting it is not atomic.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import type { Clock, Timer } from "../../base/clock.ts";
import { errorText } from "../../base/errors.ts";
import { within } from "../../base/waiting.ts";
import { type ControlGroupRule, ControlGroups, findControlGroupPlace } from "../tree/index.ts";
import { announcedCommand, endedLine, type SupervisedCommand, startedLine } from "./supervised-command.ts";
import { SUPERVISOR_NAME, supervisorScript } from "./supervisor-script.ts";

export interface SupervisorOptions {
  readonly clock: Clock;
  /** Whether each command gets a control group. */
  readonly controlGroups: ControlGroupRule;
  /** Called each time the shell cannot be run or is gone, so that commands may outlive the worker. */
  readonly onFailure: (reason: string) => void;
}

/** A shell that ends sooner than this increases the delay before the next one, except the first time. */
export const STEADY_MS = 60_000;
/** Delay after the second such end in a row; doubled with each further one up to LONGEST_DELAY_MS. */
export const FIRST_DELAY_MS = 2000;
export const LONGEST_DELAY_MS = 60_000;

/** With more unread bytes the shell is considered dead, for example stopped by a signal. */
const UNREAD_LIMIT_BYTES = 64 * 1024;

/** How long the idle shell may take to exit. */
const END_LIMIT_MS = 1000;

export class Supervisor {
  readonly #options: SupervisorOptions;
  /** Undefined when commands get no control groups. */
  readonly controlGroups: ControlGroups | undefined;
  readonly #running = new Set<SupervisedCommand>();
  #shell: ChildProcess | undefined;
  /** Lines about ended commands. */
  #unsent = "";
  #startedMs = 0;
  /** Consecutive shells that ended too soon. */
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
      options.onFailure("control groups are enabled, but this worker cannot create any");
    }
  }

  /** The ordinal of the next worker that it serves, starting with 1. */
  nextOrdinal(): number {
    this.#workerCount += 1;
    return this.#workerCount;
  }

  /** Call before starting a command, so that afterwards only its pid has to be sent. */
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
    for (const command of this.#running) this.#send(startedLine(command));
  }

  /** Call before starting a command; pass the result to `enlist` with the command, or to `dismiss`. */
  announce(command: Pick<SupervisedCommand, "cookie" | "hidesNames">): SupervisedCommand {
    const announced = announcedCommand(command);
    this.enlist(announced);
    return announced;
  }

  /** Call synchronously after starting the command. */
  enlist(command: SupervisedCommand, announced?: SupervisedCommand): void {
    this.#running.add(command);
    if (announced !== undefined && this.#running.delete(announced)) this.#unsent += endedLine(announced);
    this.#send(startedLine(command));
  }

  /** The command ended, or was not started; its leftover processes are kept. */
  dismiss(command: SupervisedCommand): void {
    if (this.#running.delete(command)) this.#sendSoon(endedLine(command));
  }

  /** Ends the shell, which kills commands that were not dismissed. Resolves when it is gone, or after END_LIMIT_MS. */
  async close(): Promise<void> {
    this.#send("");
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

  /** Sends the line at the end of this turn or with the next line, so that the shell wakes up less often. */
  #sendSoon(line: string): void {
    if (this.#unsent === "") setImmediate(() => this.#send(""));
    this.#unsent += line;
  }

  #send(line: string): void {
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

/** In its own session, so that signals to the worker's group do not end it early; it does not keep Node running. */
function startShell(groupDirectory: string | undefined, onEnd: (reason: string) => void): ChildProcess {
  const ofGroups = groupDirectory === undefined ? [] : [groupDirectory];
  const shell: ChildProcess = spawn("/bin/sh", ["-c", supervisorScript(), SUPERVISOR_NAME, ...ofGroups], {
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  shell.on("error", (error) => onEnd(errorText(error)));
  shell.on("exit", (code, signal) => onEnd(`its shell ended with ${signal ?? `status ${code}`}`));
  const { stdin } = shell;
  stdin?.on("error", () => {}); // EPIPE: it is gone, which `exit` reports
  shell.unref();
  if (stdin instanceof Socket) stdin.unref();
  return shell;
}
