// Prepares the start of a program: creates its directory, and checks that file systems respond. Starts nothing.
import { statSync } from "node:fs";
import { systemClock } from "../../base/clock.ts";
import { type SystemText, shownText, systemPath } from "../../base/encoding/system-text.ts";
import { errorText } from "../../base/errors.ts";
import { systemRules } from "../../base/system-rules.ts";
import type { CommandOutput } from "../../output/index.ts";
import { LocalPaths, reachProgram } from "../../process/spawn/index.ts";
import { withinLimit } from "../abandon.ts";
import type { CommandContext } from "../command.ts";
import { commandsErrors } from "../errors.ts";
import { makeDirectories } from "../make-directories.ts";
import { osErrorText } from "../os-error.ts";
import type { Program } from "./program.ts";
import type { SystemForm } from "./system-form.ts";

/** How long file systems may take to respond: the same as the default timeout of rmdir's programs. */
export const REACH_LIMIT_MS = 120_000;

// Process-wide.
const localPaths = new LocalPaths({ nowMs: () => systemClock.nowMs() });

export interface Preparation {
  readonly program: Program;
  readonly form: SystemForm;
  readonly env: Readonly<Record<SystemText, SystemText>>;
  readonly output: CommandOutput;
  /** Aborted by an interrupt. */
  readonly signal: AbortSignal;
}

/**
 * Resolves to false when it was interrupted. Rejects with ERR_NOT_STARTED; the reason is also sent on stderr, where
 * users look for it.
 */
export async function prepareToSpawn(
  { program, form, env, output, signal }: Preparation,
  { clock, rules, log }: Pick<CommandContext, "clock" | "rules" | "log">,
): Promise<boolean> {
  const { argv, shownWords, shownProgram, workdir, logName } = program;
  let checkedPath = workdir;
  const onCheck = (path: SystemText) => {
    checkedPath = argv[0] === shownWords[0] ? shownText(path, rules.fileEncoding) : shownProgram;
  };
  const work = async () => {
    if (argv.length === 0) throw new RangeError("the command is an empty list");
    if (rules.confinement !== undefined || !isLocalDirectory(form.workdir)) await makeDirectories(workdir, rules);
    if (form.batch === undefined && systemRules.name === "posix")
      await reachProgram({ argv: form.argv, cwd: form.workdir, env }, { localPaths, onCheck });
  };
  const timeoutError = () => commandsErrors.fileSystemSilent(checkedPath, REACH_LIMIT_MS / 1000);
  try {
    await withinLimit(work(), { signal, clock, limitMs: REACH_LIMIT_MS, timeoutError });
    return true;
  } catch (error) {
    if (error === signal.reason) return false;
    const text = osErrorText(error) ?? errorText(error);
    const line = `error in RunProcess._startCommand (${text})`;
    log(`(command ${logName}): ${line}`);
    output.error(`${line}\n`);
    throw commandsErrors.notStarted.from(error, text);
  }
}

/** Checks in the main thread, which is much faster, but only if the file system is known to respond. */
function isLocalDirectory(path: SystemText): boolean {
  try {
    return localPaths.has(path) && statSync(systemPath(path), { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    return false; // not accessible, or below a file: creating it reports that
  }
}
