// cpdir: copies a directory with all that is in it, into the target when that is there already. The copies share their
// blocks with the originals where the file system can do that.
import { startRun } from "../process/run/index.ts";
import { mergeEnvironment } from "../process/spawn/index.ts";
import { orAbandoned } from "./abandon.ts";
import { requiredText } from "./arguments.ts";
import type { CommandContext, CommandDefinition } from "./command.ts";
import { commandsErrors } from "./errors.ts";
import { rcOfAct } from "./file-command.ts";
import { makeParent } from "./make-directories.ts";
import { type ProgramsWork, startProgramsCommand } from "./own-programs.ts";
import { joinPath } from "./paths.ts";

const COPY = ["-R", "-P", "-p", "-v"];

/** GNU's cp has it since 7.5, and copies in the ordinary way where blocks cannot be shared. */
const REFLINK_OPTION = "--reflink=auto";

/** How long cp may take to say whether it knows the option: some milliseconds, unless something is wrong with the system. */
const PROBE_LIMIT_MS = 5000;

export const cpdir: CommandDefinition = {
  name: "cpdir",
  version: "3.3",
  start(args, context) {
    const [from = "", to = ""] = ["fromdir", "todir"].map((name) =>
      joinPath(context.builderDirectory, requiredText(args, name)),
    );
    return startProgramsCommand({ args, context, perform: (work) => copy({ from, to }, work, context) });
  },
};

interface Copy {
  readonly from: string;
  readonly to: string;
}

async function copy({ from, to }: Copy, { run, output, signal }: ProgramsWork, context: CommandContext) {
  if (from.includes("\0") || to.includes("\0")) throw commandsErrors.nullInPath("cpdir");
  // With a slash at the end, Buildbot's worker makes the target itself, and the copy goes into it.
  const path = to.slice(0, to.lastIndexOf("/")) || "/";
  const { clock, rules } = context;
  const rc = await rcOfAct({ name: "cpdir", path, output }, () =>
    orAbandoned(makeParent(path, rules.fileEncoding), { signal, clock }),
  );
  if (rc !== 0) return rc;
  const options = await copyOnWriteOptions(context, signal);
  // People know the command without the options that only some systems have.
  return run(["cp", ...options, ...COPY, from, to], ["cp", ...COPY, from, to]);
}

/**
 * How this system's cp is told to share blocks between copy and original, where the file system can, until one of them is
 * written to. Some do it unasked (GNU's from 9.0 on), some know no such option and would refuse to work.
 *
 * None where cp does not take any. Asked of cp for every copy, which takes less time than any copy: which cp is found, and
 * what it can, may have changed. When `signal` is aborted, the question is given up, and its answer means nothing.
 */
async function copyOnWriteOptions(context: CommandContext, signal: AbortSignal): Promise<readonly string[]> {
  const { baseDirectory, environment, pipes, supervisor, clock } = context;
  const run = startRun({
    argv: ["cp", REFLINK_OPTION, "--version"],
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
  return outcome.type === "exited" && outcome.code === 0 ? [REFLINK_OPTION] : [];
}
