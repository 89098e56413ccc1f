// Starts programs by a process of its own, for times when many are wanted. Node starts a program by a copy of itself, which
// the system has to make, and waits until that has become the program: a millisecond or two in which nobody is served, for
// a worker that has a hundred builders. The launcher waits for that in its stead, and is much smaller.
//
// It takes 40 MiB and some 50 ms to start, so that it is there only while it is of use. Whatever it cannot do, the worker
// does by itself. What it starts is its child; programs that read the number of their parent see the launcher's.
import { type ChildProcess, spawn } from "node:child_process";
import { Socket } from "node:net";
import type { Clock, Timer } from "../base/clock.ts";
import { errorText } from "../base/errors.ts";
import { packageFile } from "../base/package-file.ts";
import { signalGroup } from "./kill-tree-posix.ts";
import {
  type LaunchAnswer,
  type LaunchDescriptors,
  launchLine,
  lineSplitter,
  READY_LINE,
  readLaunchLine,
} from "./launch-lines.ts";
import { LaunchedChild } from "./launched-child.ts";
import type { Launch } from "./raw-search.ts";

/** How long after the last start it ends, once all that it has started are over. */
export const IDLE_LIMIT_MS = 60_000;

/** How long it is done without one after one that has failed. */
export const RETRY_DELAY_MS = 60_000;

/** How long a start may take: what hangs in it, as on a file system whose server is gone, would keep all others waiting. */
export const LAUNCH_LIMIT_MS = 30_000;

export interface LauncherOptions {
  readonly clock: Clock;
  /** Told why there is none, or none any more, and how many programs were killed for it. */
  readonly onFailure: (reason: string, killedCount: number) => void;
}

interface Pending {
  readonly resolve: (child: LaunchedChild | undefined) => void;
  readonly reject: (error: Error) => void;
  readonly limit: Timer;
}

export class Launcher {
  readonly #options: LauncherOptions;
  #process: ChildProcess | undefined;
  #isReady = false;
  #lastId = 0;
  readonly #pending = new Map<number, Pending>();
  readonly #running = new Map<number, LaunchedChild>();
  #idle: Timer | undefined;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(options: LauncherOptions) {
    this.#options = options;
  }

  /** Whether `launch` may be called: not before it has started, which nobody has to wait for. */
  get isReady(): boolean {
    return this.#isReady;
  }

  /** Many programs are going to be started. */
  prepare(): void {
    const { clock } = this.#options;
    if (this.#process !== undefined || this.#isClosed || clock.nowMs() < this.#notBeforeMs) return;
    try {
      const launcher = startProcess((reason) => {
        if (this.#process === launcher) this.#noteFailure(reason);
      });
      this.#process = launcher;
      const take = lineSplitter((line) => this.#receive(line));
      launcher.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
        if (this.#process === launcher) take(chunk);
      });
    } catch (error) {
      this.#noteFailure(errorText(error));
    }
  }

  /**
   * Starts a program as leader of a session of its own. Resolves to undefined when the launcher cannot; rejects when it was
   * killed meanwhile.
   */
  launch({ argv, cwd, env }: Launch, descriptors: LaunchDescriptors): Promise<LaunchedChild | undefined> {
    this.#lastId += 1;
    const id = this.#lastId;
    const late = () => this.#noteFailure(`it did not answer for ${LAUNCH_LIMIT_MS / 1000} s`);
    return new Promise((resolve, reject) => {
      const limit = this.#options.clock.after(LAUNCH_LIMIT_MS, late);
      this.#pending.set(id, { resolve, reject, limit });
      this.#process?.stdin?.write(launchLine({ id, argv, cwd, env, descriptors }));
      this.#noteUse();
    });
  }

  /** Ends it, and what it has started with it. */
  close(): void {
    this.#isClosed = true;
    this.#end();
  }

  #receive(line: string): void {
    if (!this.#isReady) {
      if (line !== READY_LINE) return this.#noteFailure("its program is that of another version");
      this.#isReady = true;
      return this.#noteUse();
    }
    const answer = readLaunchLine<LaunchAnswer>(line);
    const { id } = answer;
    if (answer.type === "ended") {
      const child = this.#running.get(id);
      this.#running.delete(id);
      child?.noteExit(answer.code, answer.signal);
    } else {
      const child = answer.type === "started" ? new LaunchedChild(answer.pid) : undefined;
      if (child !== undefined) this.#running.set(id, child);
      const pending = this.#pending.get(id);
      this.#pending.delete(id);
      pending?.limit.cancel();
      pending?.resolve(child);
    }
    this.#keepNodeRunning();
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
    this.#process?.stdin?.end();
    this.#process = undefined;
    this.#lose("the worker is about to end");
  }

  #noteFailure(reason: string): void {
    const { clock, onFailure } = this.#options;
    this.#notBeforeMs = clock.nowMs() + RETRY_DELAY_MS;
    const killedCount = this.#running.size;
    this.#process?.kill("SIGKILL");
    this.#idle?.cancel();
    this.#isReady = false;
    this.#process = undefined;
    this.#lose(`the process that starts programs is gone (${reason})`);
    onFailure(reason, killedCount);
  }

  /** Nobody can tell any more how those end that run, and whether those run that were to be started. */
  #lose(reason: string): void {
    const pending = [...this.#pending.values()];
    const running = [...this.#running.values()];
    this.#pending.clear();
    this.#running.clear();
    for (const { reject, limit } of pending) {
      limit.cancel();
      reject(new Error(reason));
    }
    for (const child of running) {
      signalGroup({ pid: child.pid, reaped: false }, "SIGKILL");
      child.noteExit(null, "SIGKILL");
    }
  }
}

/** In a session of its own, so that no signal to the worker's group ends it before its time. */
function startProcess(onEnd: (reason: string) => void): ChildProcess {
  const { NODE_OPTIONS: _ofTheWorker, ...env } = process.env;
  const program = packageFile("dist/process/launcher-program.js");
  const launcher: ChildProcess = spawn(process.execPath, [program, String(process.pid)], {
    cwd: "/",
    env,
    stdio: ["pipe", "pipe", "ignore"],
    detached: true,
  });
  launcher.on("error", (error) => onEnd(errorText(error)));
  launcher.on("close", (code, signal) => onEnd(`it ended with ${signal ?? `status ${code}`}`));
  const { stdin, stdout } = launcher;
  for (const pipe of [stdin, stdout]) {
    pipe?.on("error", () => {}); // it is gone, as `exit` tells
    if (pipe instanceof Socket) pipe.unref();
  }
  launcher.unref();
  return launcher;
}
