// Keeps the garbage of streamed data small. V8 collects young buffers only when there are 32 MiB of them, and malloc
// seldom returns that memory to the system, so we trigger collections much more often. Process-wide.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

type Collect = (options: { readonly type: "minor" }) => void;

/** About as much as is in use anyway; a collection takes about a millisecond. */
const COLLECT_EVERY_BYTES = 4 * 1024 * 1024;

let collect: Collect | undefined;
let countedBytes = 0;

/**
 * Counts the bytes of large buffers that will become garbage; collects young garbage synchronously from time to time.
 */
export function countStreamed(bytes: number): void {
  countedBytes += bytes;
  if (countedBytes < COLLECT_EVERY_BYTES) return;
  countedBytes = 0;
  collect ??= exposedCollector();
  collect({ type: "minor" });
}

/** The global function of `node --expose-gc`, without exposing it elsewhere; a no-op if V8 provides none. */
function exposedCollector(): Collect {
  setFlagsFromString("--expose-gc");
  const exposed: unknown = runInNewContext("globalThis.gc");
  setFlagsFromString("--no-expose-gc");
  return typeof exposed === "function" ? (exposed as Collect) : () => {};
}
