// Starts programs by a process of its own, for times when many are wanted. Node starts a program by a copy of itself, which
// the system has to make, and waits until that has become the program: a millisecond or two in which nobody is served, for
// a worker that has a hundred builders. The launcher waits for that in its stead, and is much smaller.
//
// It takes 40 MiB and some 50 ms to start, so that it is there only while it is of use. Whatever it cannot do, the worker
// does by itself. What it starts is its child; programs that read the number of their parent see the launcher's.
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

/** How long after the last start it ends, once all that it has started are over. */
export const IDLE_LIMIT_MS = 60_000;

/** How long it is done without one after one that has failed. */
export const RETRY_DELAY_MS = 60_000;

/** How long a start may take: what hangs in it, as on a file system whose server is gone, would keep all others waiting. */
export const LAUNCH_LIMIT_MS = 30_000;
/**
 * How long after that it is killed: we may have stood still as well, with the answer waiting to be read. And how long it is
 * waited for its end then, before which all that it has said is read.
 */
export const LAST_LOOK_MS = 1000;

export interface LauncherOptions {
  readonly clock: Clock;
  /** Told why there is none, or none any more, and how many programs were lost with it. */
  readonly onFailure: (reason: string, lostCount: number) => void;
}

interface Pending {
  readonly resolve: (child: ReportedChild | undefined) => void;
  readonly reject: (error: Error) => void;
  limit: Timer;
}

export class Launcher {
  readonly #options: LauncherOptions;
  /** Its text, which is kept: later the file may be another version's, or gone. */
  #program: string | undefined;
  #process: ChildProcess | undefined;
  #isReady = false;
  #hasStarted = false;
  /** Why we have killed it. */
  #killedFor: string | undefined;
  #lastId = 0;
  /** In the order in which they are served. */
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
      // `prepare` tries again, and tells the reason
    }
  }

  /** Whether `launch` may be called: not before it has started, which nobody has to wait for. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Many programs are going to be started. */
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
   * Starts a program as leader of a session of its own. Resolves to undefined when the launcher did not; rejects when it is
   * gone, and the program may run or not.
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

  /** Ends it, and what it has started with it. */
  close(): void {
    this.#isClosed = true;
    // One that hangs would go on with what was to be started, with descriptors that are another's by then.
    if (this.#pending.size > 0) this.#kill();
    this.#end();
    this.#loseAll("the worker is about to end");
  }

  #receive(line: string): void {
    if (!this.#isReady) {
      if (line !== READY_LINE) return this.#noteFailure("its program is that of another version");
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
    if (answer.cause === "descriptors" && !this.#hasStarted) this.#noteFailure("it may not open pipes of the worker");
  }

  #limitOf(id: number): Timer {
    const { clock } = this.#options;
    const reason = `it did not answer for ${LAUNCH_LIMIT_MS / 1000} s`;
    const afterLook = (then: () => void) => {
      const pending = this.#pending.get(id);
      if (pending !== undefined) pending.limit = clock.after(LAST_LOOK_MS, then);
    };
    const giveUp = () => {
      this.#killedFor = reason;
      this.#kill();
      afterLook(() => this.#noteFailure(reason));
    };
    return clock.after(LAUNCH_LIMIT_MS, () => afterLook(giveUp));
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

  /** As long as there is something that it will tell of. */
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

  /** And what it is just starting, which nobody else knows of. */
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
    this.#loseAll(`the process that starts programs is gone (${reason})`);
    onFailure(reason, lostCount);
  }

  /** Nobody can tell any more how those end that run, and whether the next one runs that was to be started. */
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

/** In a session of its own, so that no signal to the worker's group ends it before its time. */
function startProcess(program: string, onEnd: (reason: string) => void): ChildProcess {
  const { NODE_OPTIONS: _ofTheWorker, ...env } = process.env;
  const argv = ["--input-type=module", "-e", program, String(process.pid)];
  const launcher: ChildProcess = spawn(process.execPath, argv, {
    cwd: "/",
    env,
    stdio: ["pipe", "pipe", "ignore"],
    detached: true,
  });
  launcher.on("error", (error) => onEnd(errorText(error)));
  // Not `exit`: what it has said before is read first.
  launcher.on("close", (code, signal) => onEnd(`it ended with ${signal ?? `status ${code}`}`));
  const { stdin, stdout } = launcher;
  for (const pipe of [stdin, stdout]) {
    pipe?.on("error", () => {}); // it is gone, as `close` tells
    if (pipe instanceof Socket) pipe.unref();
  }
  launcher.unref();
  return launcher;
}
