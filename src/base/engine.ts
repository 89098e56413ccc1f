// What is asked of V8 for a program that waits for nearly all of its time, and whose work is done by the system.
import { setFlagsFromString } from "node:v8";

/**
 * In V8's own measure, bytes of code that were run: how much a function must have done before it is compiled once more, with
 * all that V8 can. Four times its default keeps the compiler away from what runs at a start only, which is 4 MiB of idle memory;
 * with sixteen times, output took half as much processor time again, for its first gigabyte.
 */
const OPTIMIZE_AFTER_BYTES = 264 * 1024;

/** To be called once, before there is anything to do. */
export function tuneEngine(): void {
  setFlagsFromString(`--interrupt-budget=${OPTIMIZE_AFTER_BYTES}`);
}
