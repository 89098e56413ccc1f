// The pool of pipes for the standard streams of children. Knows where pipes come from and when one can be reused.
import { closeSync } from "node:fs";
import { type Clock, systemClock } from "../../base/clock.ts";
import { errorText } from "../../base/errors.ts";
import { readSystemFile } from "../tree/index.ts";
import { hasReader, isAtEnd, makePipes, type Pipe } from "./kernel-pipes.ts";
import type { Launcher } from "./launcher.ts";
import {
  type ChildSource,
  launchOnPipes,
  type PipedChild,
  type ReturnPipes,
  type SpawnRequest,
  type StandardPipes,
  type SweepUnknown,
  spawnOnPipes,
  spawnOnSocketPairs,
} from "./piped-child.ts";

export interface PipePoolOptions {
  /** Called when children get Node's socket pairs instead of pipes, once until there are pipes again. */
  readonly onFallback: (reason: string) => void;
  /** Called when there are pipes again. */
  readonly onRecovery?: () => void;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Creates pipes; default: with a shell. */
  readonly makePipes?: (count: number) => Pipe[];
  /** Starts children when there are many; closed with the pool. */
  readonly launcher?: Launcher;
}

/** Pipes created at a time, by one shell in a few milliseconds: enough for four children. */
const BATCH_SIZE = 12;
/** Pipes that one child needs. */
const LEAST_BATCH_SIZE = 3;
/** Pipes of each kind that are kept for later children; each is a descriptor. */
export const IDLE_LIMIT = 24;
/** Limit of that as a part of the descriptors that the worker may open. */
const IDLE_PART = 1 / 16;
/** Delay after the first failure to create pipes; doubled with each further one up to LONGEST_RETRY_DELAY_MS. */
export const FIRST_RETRY_DELAY_MS = 100;
/** Each attempt blocks the worker for up to a second. */
export const LONGEST_RETRY_DELAY_MS = 10_000;

export class PipePool implements ChildSource {
  readonly #options: PipePoolOptions;
  /** Pipes that no process has open. */
  readonly #clean: Pipe[] = [];
  /** Pipes without a writer, from which leftover processes may still read: only usable as a stdin at its end. */
  readonly #ended: Pipe[] = [];
  #idleLimit = Math.min(IDLE_LIMIT, Math.floor(descriptorLimit() * IDLE_PART));
  readonly #batchSize = Math.min(BATCH_SIZE, Math.max(LEAST_BATCH_SIZE, this.#idleLimit));
  #failureCount = 0;
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(options: PipePoolOptions) {
    this.#options = options;
  }

  spawn(program: SpawnRequest): PipedChild {
    const pipes = this.#take(program.withInput);
    if (pipes === undefined) return spawnOnSocketPairs(program);
    return spawnOnPipes(program, pipes, this.#returnerOf(program));
  }

  prepare(): void {
    if (this.#failureCount === 0) this.#options.launcher?.prepare();
  }

  launch(program: SpawnRequest, sweep: SweepUnknown): Promise<PipedChild | undefined> | undefined {
    const { launcher } = this.#options;
    if (launcher?.isReady !== true || program.inheritedInput !== undefined) return undefined;
    const pipes = this.#take(program.withInput);
    if (pipes === undefined) return undefined;
    const returnPipes = this.#returnerOf(program);
    return launchOnPipes(program, { pipes, returnPipes, sweep, launch: (...args) => launcher.launch(...args) });
  }

  /** Closes idle pipes, and those returned later. Call when no more children will be started. */
  close(): void {
    this.#options.launcher?.close();
    this.#idleLimit = 0;
    for (const pipe of [...this.#clean.splice(0), ...this.#ended.splice(0)]) closeSync(pipe);
  }

  #take(withInput: boolean): StandardPipes | undefined {
    if (this.#clean.length < 3 && !this.#refill()) return undefined;
    const ended = withInput ? undefined : this.#ended.pop();
    const [stdout, stderr] = this.#clean.splice(-2);
    const stdin = ended ?? this.#clean.pop();
    return stdin === undefined || stdout === undefined || stderr === undefined ? undefined : { stdin, stdout, stderr };
  }

  #refill(): boolean {
    const { clock = systemClock, makePipes: make = makePipes, onFallback, onRecovery } = this.#options;
    if (clock.nowMs() < this.#notBeforeMs) return false;
    try {
      this.#clean.push(...make(this.#batchSize));
    } catch (error) {
      if (this.#failureCount === 0) onFallback(errorText(error));
      const delayMs = Math.min(FIRST_RETRY_DELAY_MS * 2 ** this.#failureCount, LONGEST_RETRY_DELAY_MS);
      this.#notBeforeMs = clock.nowMs() + delayMs;
      this.#failureCount += 1;
      return false;
    }
    if (this.#failureCount > 0) onRecovery?.();
    this.#failureCount = 0;
    return true;
  }

  #returnerOf({ withInput }: SpawnRequest): ReturnPipes {
    return (stdin, outputs) => {
      for (const output of outputs) {
        if (hasReader(output)) closeSync(output);
        else this.#keep(this.#clean, output);
      }
      if (withInput) closeSync(stdin);
      else this.#keep(this.#ended, stdin);
    };
  }

  #keep(idle: Pipe[], pipe: Pipe): void {
    if (idle.length < this.#idleLimit && isAtEnd(pipe)) idle.push(pipe);
    else closeSync(pipe);
  }
}

/** Descriptors that this process may open; infinite if unknown or unlimited. */
function descriptorLimit(): number {
  const [, limit] = /^Max open files +(\d+)/m.exec(readSystemFile("/proc/self/limits") ?? "") ?? [];
  return Number(limit ?? Number.POSITIVE_INFINITY);
}
