// How this system's cp is told to share blocks between copy and original, where the file system can, until one of them is
// written to. Some do it unasked (GNU's from 9.0 on), some know no such option and would refuse to work.

import { startRun } from "../process/run/index.ts";
import { mergeEnvironment } from "../process/spawn/index.ts";
import type { CommandContext } from "./command.ts";

/** GNU's cp has it since 7.5, and copies in the ordinary way where blocks cannot be shared. */
const OPTION = "--reflink=auto";

/** How long cp may take to say whether it knows the option: some milliseconds, unless something is wrong with the system. */
const PROBE_LIMIT_MS = 5000;

/**
 * None where cp does not take any. Asked of cp for every copy, which takes less time than any copy: which cp is found, and
 * what it can, may have changed. When `signal` is aborted, the question is given up, and its answer means nothing.
 */
export async function copyOnWriteOptions(context: CommandContext, signal: AbortSignal): Promise<readonly string[]> {
  const { baseDirectory, environment, pipes, supervisor, clock } = context;
  const run = startRun({
    argv: ["cp", OPTION, "--version"],
    cwd: baseDirectory,
    env: mergeEnvironment(environment, undefined, baseDirectory),
    pipes,
    supervisor,
    clock,
    limits: { maxTimeMs: PROBE_LIMIT_MS },
    interruptSignal: "KILL",
    onOutput() {},
    onKill() {},
  });
  const stop = () => run.interrupt("interrupted");
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const outcome = await run.outcome;
  signal.removeEventListener("abort", stop);
  return outcome.type === "exited" && outcome.code === 0 ? [OPTION] : [];
}
