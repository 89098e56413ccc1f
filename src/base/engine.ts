// Tunes V8 for a program that waits most of the time and leaves the work to the operating system. Process-wide.
import { setFlagsFromString } from "node:v8";

/**
 * V8's interrupt budget: bytes of bytecode that a function executes before V8 optimizes it. This is V8's default.
 */
const OPTIMIZE_AFTER_BYTES = 66 * 1024;

/** Code that runs only at startup is not worth optimizing: four times the default saves 4 MiB in an idle worker. */
const OPTIMIZE_START_AFTER_BYTES = 4 * OPTIMIZE_AFTER_BYTES;

/** Only Node.js 20 has the flag. Later versions count calls instead, and complain about the flag on stderr. */
const hasFlag = process.versions.v8.startsWith("11.");

let isTunedForWork = false;

/** Call once, at startup. */
export function tuneForStart(): void {
  optimizeAfter(OPTIMIZE_START_AFTER_BYTES);
}

/** Call whenever there is work. */
export function tuneForWork(): void {
  if (isTunedForWork) return;
  isTunedForWork = true;
  optimizeAfter(OPTIMIZE_AFTER_BYTES);
}

function optimizeAfter(bytes: number): void {
  if (hasFlag) setFlagsFromString(`--interrupt-budget=${bytes}`);
}
