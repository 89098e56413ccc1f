// Starts programs through a separate process, for times when many are started. Node forks and then waits until the
// child has executed the program, which blocks the worker for a millisecond or two: too long with a hundred builders.
// The launcher waits instead, and is much smaller.
//
// It needs 40 MiB and about 50 ms to start, so it exists only while it is needed. Whatever it cannot do, the worker
// does itself. Programs are its children; those that read their parent's pid see the launcher's.
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { Socket } from "node:net";
import type { Clock, Timer } from "../../base/clock.ts";
import { errorText } from "../../base/errors.ts";
import { packageFile } from "../../base/package-file.ts";
import { childrenOf, signalProcess } from "../tree/index.ts";
import type { Launch } from "./exec-lookup.ts";
import {
  type LaunchAnswer,
  type LaunchDescriptors,
  launchLine,
  lineSplitter,
  READY_LINE,
  readLaunchLine,
} from "./launcher-protocol.ts";
import { ReportedChild } from "./started-child.ts";

/** Idle time after which it ends, once all its programs have ended. */
export const IDLE_LIMIT_MS = 60_000;

/** Time without a launcher after one has failed. */
export const RETRY_DELAY_MS = 60_000;

/** How long a start may take. One that hangs, for example on a dead file server, blocks all others. */
export const LAUNCH_LIMIT_MS = 30_000;
/**
 * Time between that and killing it, since we may have been suspended while the answer waits to be read. Also the time
 * to wait for its end, so that everything that it has sent is read.
 */
export const LAST_LOOK_MS = 1000;

export interface LauncherOptions {
  readonly clock: Clock;
  /** Called with the reason why there is no launcher, and how many programs were lost with it. */
  readonly onFailure: (reason: string, lostCount: number) => void;
}

interface Pending {
  readonly resolve: (child: ReportedChild | undefined) => void;
  readonly reject: (error: Error) => void;
  limit: Timer;
}

export class Launcher {
  readonly #options: LauncherOptions;
  /** Kept in memory, since an upgrade may replace or remove the file. */
  #program: string | undefined;
  #process: ChildProcess | undefined;
  #isReady = false;
  #hasStarted = false;
  /** Reason why we killed it. */
  #killedFor: string | undefined;
  #lastId = 0;
  /** In the order of execution. */
  readonly #pending = new Map<number, Pending>();
  readonly #running = new Map<number, ReportedChild>();
  #idle: Timer | undefined;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(options: LauncherOptions) {
    this.#options = options;
    try {
      this.#program = readProgram();
    } catch {
      // `prepare` tries again, and reports the reason
    }
  }

  /** Whether `launch` may be called. False until it has started, which callers do not wait for. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Call when many programs will be started. */
  prepare(): void {
    const { clock } = this.#options;
    if (this.#process !== undefined || this.#isClosed || clock.nowMs() < this.#notBeforeMs) return;
    this.#hasStarted = false;
    this.#killedFor = undefined;
    try {
      this.#program ??= readProgram();
      const launcher = startProcess(this.#program, (reason) => {
        if (this.#process === launcher) this.#noteFailure(this.#killedFor ?? reason);
      });
      this.#process = launcher;
      const take = lineSplitter((line) => {
        if (this.#process === launcher) this.#receive(line);
      });
      launcher.stdout?.setEncoding("utf8").on("data", take);
    } catch (error) {
      this.#noteFailure(errorText(error));
    }
  }

  /**
   * Starts a program as a session leader. Resolves to undefined when the launcher did not start it; rejects when the
   * launcher is gone, and it is unknown whether the program runs.
   */
  launch({ argv, cwd, env }: Launch, descriptors: LaunchDescriptors): Promise<ReportedChild | undefined> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, limit: this.#limitOf(id) });
      this.#process?.stdin?.write(launchLine({ id, argv, cwd, env, descriptors }));
      this.#noteUse();
    });
  }

  /** Ends it and its programs. */
  close(): void {
    this.#isClosed = true;
    // A hanging launcher would later continue with pending starts, when their descriptors have been reused.
    if (this.#pending.size > 0) this.#kill();
    this.#end();
    this.#loseAll("the worker is shutting down");
  }

  #receive(line: string): void {
    if (!this.#isReady) {
      if (line !== READY_LINE) return this.#noteFailure("its program belongs to another version");
      this.#isReady = true;
      return this.#noteUse();
    }
    const answer = readLaunchLine<LaunchAnswer>(line);
    if (answer.type === "ended") {
      const child = this.#running.get(answer.id);
      this.#running.delete(answer.id);
      child?.noteExit(answer.code, answer.signal);
    } else this.#settle(answer);
    this.#keepNodeRunning();
  }

  #settle(answer: Exclude<LaunchAnswer, { readonly type: "ended" }>): void {
    const { id } = answer;
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.limit.cancel();
    if (answer.type === "started") {
      this.#hasStarted = true;
      const child = new ReportedChild(answer.pid);
      this.#running.set(id, child);
      pending?.resolve(child);
      return;
    }
    pending?.resolve(undefined);
    if (answer.cause === "descriptors" && !this.#hasStarted) this.#noteFailure("it cannot open the worker's pipes");
  }

  #limitOf(id: number): Timer {
    const { clock } = this.#options;
    const reason = `it did not answer for ${LAUNCH_LIMIT_MS / 1000} s`;
    const afterLastRead = (then: () => void) => {
      const pending = this.#pending.get(id);
      if (pending !== undefined) pending.limit = clock.after(LAST_LOOK_MS, then);
    };
    const giveUp = () => {
      this.#killedFor = reason;
      this.#kill();
      afterLastRead(() => this.#noteFailure(reason));
    };
    return clock.after(LAUNCH_LIMIT_MS, () => afterLastRead(giveUp));
  }

  #noteUse(): void {
    this.#idle?.cancel();
    this.#idle = this.#options.clock.after(IDLE_LIMIT_MS, () => {
      if (this.#isInUse) this.#noteUse();
      else this.#end();
    });
    this.#keepNodeRunning();
  }

  get #isInUse(): boolean {
    return this.#pending.size > 0 || this.#running.size > 0;
  }

  /** While answers are expected. */
  #keepNodeRunning(): void {
    const stdout = this.#process?.stdout;
    if (!(stdout instanceof Socket)) return;
    if (this.#isInUse) stdout.ref();
    else stdout.unref();
  }

  #end(): void {
    this.#idle?.cancel();
    this.#isReady = false;
    const launcher = this.#process;
    this.#process = undefined;
    launcher?.stdin?.end();
    if (launcher?.stdout instanceof Socket) launcher.stdout.unref();
  }

  /** Kills it with the program that it is just starting, which only it knows. */
  #kill(): void {
    const launcher = this.#process;
    if (launcher?.pid === undefined || launcher.exitCode !== null || launcher.signalCode !== null) return;
    const known = new Set([...this.#running.values()].map(({ pid }) => pid));
    const unknown = childrenOf(launcher.pid).filter((pid) => !known.has(pid));
    launcher.kill("SIGKILL");
    for (const pid of unknown) signalProcess(pid, "SIGKILL");
  }

  #noteFailure(reason: string): void {
    const { clock, onFailure } = this.#options;
    this.#notBeforeMs = clock.nowMs() + RETRY_DELAY_MS;
    const lostCount = this.#running.size;
    this.#kill();
    this.#end();
    this.#loseAll(`the launcher is gone (${reason})`);
    onFailure(reason, lostCount);
  }

  /** The exit status of running programs is lost, and it is unknown whether the next pending program runs. */
  #loseAll(reason: string): void {
    const [next, ...others] = this.#pending.values();
    const running = [...this.#running.values()];
    this.#pending.clear();
    this.#running.clear();
    for (const pending of [next, ...others]) pending?.limit.cancel();
    for (const child of running) child.noteLost();
    const error = new Error(reason);
    next?.reject(error);
    for (const { resolve, reject } of others) {
      if (this.#isClosed) reject(error);
      else resolve(undefined);
    }
  }
}

function readProgram(): string {
  return readFileSync(packageFile("dist/program/launcher-program.js"), "latin1");
}

/** In its own session, so that signals to the worker's group do not end it early. */
function startProcess(program: string, onEnd: (reason: string) => void): ChildProcess {
  const { NODE_OPTIONS: _ofTheWorker, ...env } = process.env;
  const argv = ["-e", program, String(process.pid)];
  const launcher: ChildProcess = spawn(process.execPath, argv, {
    cwd: "/",
    env,
    stdio: ["pipe", "pipe", "ignore"],
    detached: true,
  });
  launcher.on("error", (error) => onEnd(errorText(error)));
  // Not `exit`, so that all its answers are read first.
  launcher.on("close", (code, signal) => onEnd(`it ended with ${signal ?? `status ${code}`}`));
  const { stdin, stdout } = launcher;
  for (const pipe of [stdin, stdout]) {
    pipe?.on("error", () => {}); // it is gone, which `close` reports
    if (pipe instanceof Socket) pipe.unref();
  }
  launcher.unref();
  return launcher;
}
