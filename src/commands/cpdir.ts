// cpdir: copies a directory with its content, into the target if that already exists. Copies share blocks with the
// originals if the file system supports that.
import { stat } from "node:fs/promises";
import { systemPath } from "../base/encoding/system-text.ts";
import { systemRules } from "../base/system-rules.ts";
import { startRun } from "../process/run/index.ts";
import { mergeEnvironment, placesOf } from "../process/spawn/index.ts";
import { orAbandoned } from "./abandon.ts";
import { requiredText } from "./arguments.ts";
import type { CommandContext, CommandDefinition } from "./command.ts";
import { commandsErrors } from "./errors.ts";
import { rcOfAct, startFileActs } from "./file-command.ts";
import { byteText } from "./file-names.ts";
import { makeParent } from "./make-directories.ts";
import { type ProgramsWork, rcOfTreeWork, startProgramsCommand } from "./own-programs.ts";
import { joinPath } from "./paths.ts";

const COPY = ["-R", "-P", "-p", "-v"];

/** Supported by GNU cp since 7.5, which copies normally where blocks cannot be shared. */
const REFLINK_OPTION = "--reflink=auto";

/** How long cp may take to report whether it knows the option; usually some milliseconds. */
const PROBE_LIMIT_MS = 5000;

export const cpdir: CommandDefinition = {
  name: "cpdir",
  version: "3.3",
  start(args, context) {
    const [from = "", to = ""] = ["fromdir", "todir"].map((name) =>
      joinPath(context.builderDirectory, requiredText(args, name)),
    );
    const { confinement, fileEncoding } = context.rules;
    if (confinement !== undefined) {
      // By the worker itself: cp follows links in the target.
      const [fromBytes, toBytes] = [byteText(from, fileEncoding), byteText(to, fileEncoding)];
      const act = (signal: AbortSignal) => confinement.copyTree(fromBytes, toBytes, signal).then(() => []);
      return startFileActs("cpdir", [{ path: `${from}, ${to}`, act }], context);
    }
    return startProgramsCommand({ args, context, perform: (work) => copy({ from, to }, work, context) });
  },
};

interface Copy {
  readonly from: string;
  readonly to: string;
}

async function copy({ from, to }: Copy, { run, output, signal }: ProgramsWork, context: CommandContext) {
  if (from.includes("\0") || to.includes("\0")) throw commandsErrors.nullInPath("cpdir");
  const { treeWork } = systemRules;
  if (treeWork !== undefined) {
    return rcOfTreeWork("copytree", output, () =>
      orAbandoned(treeWork.copy(from, to), { signal, clock: context.clock }),
    );
  }
  // With a trailing slash, Buildbot's worker creates the target itself, and copies into it.
  const path = to.slice(0, to.lastIndexOf("/")) || "/";
  const { clock, rules } = context;
  const rc = await rcOfAct({ name: "cpdir", path, output }, () =>
    orAbandoned(makeParent(path, rules), { signal, clock }),
  );
  if (rc !== 0) return rc;
  const options = await copyOnWriteOptions(context, signal);
  // The command is shown without options that only some systems have.
  return run(["cp", ...options, ...COPY, from, to], ["cp", ...COPY, from, to]);
}

/**
 * The options for copy-on-write, if this system's cp has any. Some do it by default (GNU's since 9.0), others would
 * refuse an unknown option.
 *
 * Checked again when cp was replaced. When `signal` is aborted, the check is aborted, and its result is meaningless.
 */
async function copyOnWriteOptions(context: CommandContext, signal: AbortSignal): Promise<readonly string[]> {
  const identity = await orAbandoned(identityOfCp(context), { signal, clock: context.clock });
  if (checked === undefined || checked.identity !== identity) {
    const options = await checkedOptions(context, signal);
    if (signal.aborted) return [];
    checked = { identity, options };
  }
  return checked.options;
}

/** The last check. Process-wide. */
let checked: { readonly identity: string; readonly options: readonly string[] } | undefined;

async function identityOfCp({ baseDirectory, environment }: CommandContext): Promise<string> {
  for (const place of placesOf("cp", baseDirectory, environment["PATH"])) {
    const stats = await stat(systemPath(place)).catch(() => undefined); // not there
    if (stats !== undefined) return [place, stats.dev, stats.ino, stats.size, stats.ctimeMs].join();
  }
  return "";
}

async function checkedOptions(context: CommandContext, signal: AbortSignal): Promise<readonly string[]> {
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
