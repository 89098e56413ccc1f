// Keeps the garbage of what streams through the worker small. V8 looks at young buffers only when there are 32 MiB of
// them, and what malloc has once taken for them it seldom gives back; so it is asked to look much more often. Knows no
// streams; process-wide, like the garbage.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

type Collect = (options: { readonly type: "minor" }) => void;

/** As much as may be under way anyway; looking takes about a millisecond. */
const COLLECT_EVERY_BYTES = 4 * 1024 * 1024;

let collect: Collect | undefined;
let countedBytes = 0;

/**
 * To be told of the bytes of every large buffer that will be garbage, roughly; now and then it collects young garbage, at
 * once.
 */
export function countStreamed(bytes: number): void {
  countedBytes += bytes;
  if (countedBytes < COLLECT_EVERY_BYTES) return;
  countedBytes = 0;
  collect ??= exposedCollector();
  collect({ type: "minor" });
}

/** The global function that `node --expose-gc` has; nobody else sees it here. Does nothing where V8 gives none. */
function exposedCollector(): Collect {
  setFlagsFromString("--expose-gc");
  const exposed: unknown = runInNewContext("globalThis.gc");
  setFlagsFromString("--no-expose-gc");
  return typeof exposed === "function" ? (exposed as Collect) : () => {};
}
