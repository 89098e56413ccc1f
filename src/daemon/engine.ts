// What is asked of V8 for a program that waits for nearly all of its time, and whose work is done by the system.
import { setFlagsFromString } from "node:v8";

/**
 * In V8's own measure, bytes of code that were run, some seven times its default: how much a function must have done before
 * it is compiled once more, with all that V8 can. That takes up to half of the processor time of a worker's first thousand
 * commands, and memory for good; what is really hot gets there all the same.
 */
const OPTIMIZE_AFTER_BYTES = 1024 * 1024;

/** To be called once, before there is anything to do. */
export function tuneEngine(): void {
  setFlagsFromString(`--interrupt-budget=${OPTIMIZE_AFTER_BYTES}`);
}
