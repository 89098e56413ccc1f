// What is asked of V8 for a program that waits for nearly all of its time, and whose work is done by the system. Process-wide,
// like V8.
import { setFlagsFromString } from "node:v8";

/**
 * In V8's own measure, bytes of code that were run: how much a function must have done before it is compiled once more, with
 * all that V8 can. This is its default.
 */
const OPTIMIZE_AFTER_BYTES = 66 * 1024;

/** What runs at a start only is not worth it: four times the default keeps 4 MiB of memory free in a worker that is idle. */
const OPTIMIZE_START_AFTER_BYTES = 4 * OPTIMIZE_AFTER_BYTES;

/** That of Node.js 20. Later ones do not know the flag, of which they complain on stderr, and count calls instead. */
const hasFlag = process.versions.v8.startsWith("11.");

let isAtWork = false;

/** To be called once, before there is anything to do. */
export function tuneForStart(): void {
  optimizeAfter(OPTIMIZE_START_AFTER_BYTES);
}

/** To be called when there is work, as often as there is. */
export function tuneForWork(): void {
  if (isAtWork) return;
  isAtWork = true;
  optimizeAfter(OPTIMIZE_AFTER_BYTES);
}

function optimizeAfter(bytes: number): void {
  if (hasFlag) setFlagsFromString(`--interrupt-budget=${bytes}`);
}
