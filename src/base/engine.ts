// Tunes V8 for a program that waits most of the time and leaves the work to the operating system: memory matters more than
// the speed of its own code. Process-wide.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Collects all garbage, or only the young. */
type Collect = (options?: { readonly type: "minor" }) => void;

/** V8 collects young buffers only when there are 32 MiB of them. A collection takes about a millisecond. */
const COLLECT_EVERY_BYTES = 4 * 1024 * 1024;

/**
 * A command leaves 10 to 25 kB that only a full collection frees. It takes about 10 ms, and code that V8 has optimized is a
 * fifth slower for some time afterwards.
 */
const COLLECT_EVERY_COMMANDS = 250;

/** What is worth the compiler's memory: commands in all, commands that are running at once, or data. */
const OPTIMIZE_AFTER_COMMANDS = 5000;
const OPTIMIZE_FROM_RUNNING = 16;
const OPTIMIZE_AFTER_BYTES = 4 * 1024 * 1024;

let collect: Collect | undefined;
let isOptimizing = true;
let garbageBytes = 0;
let processedBytes = 0;
let countedCommands = 0;

/** Call once, at startup. */
export function tuneForStart(): void {
  // Young garbage takes 3 MiB instead of up to 48.
  setFlagsFromString("--semi-space-growth-factor=1");
  // Compiling takes 6 MiB, and for less than some thousand commands also more time than it saves.
  setFlagsFromString("--no-opt");
  isOptimizing = false;
}

/**
 * Counts the bytes of large buffers that will become garbage; collects young garbage synchronously from time to time.
 */
export function countStreamed(bytes: number): void {
  countProcessed(bytes);
  garbageBytes += bytes;
  if (garbageBytes < COLLECT_EVERY_BYTES) return;
  garbageBytes = 0;
  collector()({ type: "minor" });
}

/** Counts the bytes of data that leave no garbage. */
export function countProcessed(bytes: number): void {
  processedBytes += bytes;
  if (processedBytes >= OPTIMIZE_AFTER_BYTES) optimize();
}

/**
 * Call when a command has ended, with the number of those still running; collects all garbage synchronously from time to
 * time, until there is so much to do that code is optimized.
 */
export function countCommand(running: number): void {
  countedCommands += 1;
  if (countedCommands === OPTIMIZE_AFTER_COMMANDS || running >= OPTIMIZE_FROM_RUNNING) optimize();
  if (!isOptimizing && countedCommands % COLLECT_EVERY_COMMANDS === 0) collector()();
}

function optimize(): void {
  if (!isOptimizing) setFlagsFromString("--opt");
  isOptimizing = true;
}

function collector(): Collect {
  collect ??= exposedCollector();
  return collect;
}

/** The global function of `node --expose-gc`, without exposing it elsewhere; a no-op if V8 provides none. */
function exposedCollector(): Collect {
  setFlagsFromString("--expose-gc");
  const exposed: unknown = runInNewContext("globalThis.gc");
  setFlagsFromString("--no-expose-gc");
  return typeof exposed === "function" ? (exposed as Collect) : () => {};
}
