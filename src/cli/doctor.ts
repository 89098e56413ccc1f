// buildhand doctor: checks the setup of a worker, in a base directory or before there is one. Loaded when it is called: a worker
// does not need its modules.
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { systemClock } from "../base/clock.ts";
import { baseErrors, errorText } from "../base/errors.ts";
import { systemReason } from "../base/system-error.ts";
import { commandLineSource, type OptionSource, ownSecrets, readTacConfig, readTacFile } from "../config/index.ts";
import { EXIT_FINDINGS } from "../daemon/index.ts";
import { jsonReport, packBundle, readSubjects, report, runChecks, type Subject } from "../doctor/index.ts";
import { plannedWorker, plansWorker } from "./create-worker.ts";
import { createWorkerOptions } from "./create-worker-options.ts";
import { cliErrors } from "./errors.ts";
import type { ParsedOptions } from "./option-parser.ts";
import { settingsText } from "./settings-text.ts";
import { directoryArgument } from "./worker-directory.ts";

/** Resolves to the exit code. Throws usage errors; problems of the worker are findings, not errors. */
export async function doctor(options: ParsedOptions): Promise<number> {
  const { values, flags } = options;
  const planned = plansWorker(options) ? await plannedWorker(options) : undefined;
  if (planned === undefined) refuseOptionsOfCreate(options);
  const own = commandLineSource(values, flags);
  // Asking for the status changes the directory.
  const bundle = values.has("bundle") ? resolve(values.get("bundle")!) : undefined;
  const subjects = await readSubjects({
    basedir: planned?.basedir ?? directoryArgument(options.rest),
    plannedTac: planned?.tacText,
    own,
    pidFile: values.get("pidfile"),
    logFile: values.get("logfile"),
    environment: process.env,
    clock: systemClock,
  });
  // Progress for a person at a terminal; standard output has only the report.
  const isWatched = process.stderr.isTTY && !flags.has("quiet");
  const secrets = ownSecrets(
    subjects.flatMap(({ settings }) => settings ?? []),
    process.env,
  );
  const examination = await runChecks(subjects, (what) => {
    if (isWatched) console.error(`checking ${what} ...`);
  });
  const found = secrets.hideIn(examination);
  const colours = process.stdout.isTTY && !process.env["NO_COLOR"];
  console.log(flags.has("json") ? jsonReport(found) : report(found, { colours }));
  if (bundle !== undefined) {
    const settings = shownSettings(subjects[0], { own, text: planned?.tacText });
    writeNew(bundle, await packBundle({ found, subject: subjects[0], settings, secrets }));
    console.error(`wrote ${bundle}: read it before you send it`);
  }
  return found.findingCount === 0 ? 0 : EXIT_FINDINGS;
}

/** The reason where they cannot be read. */
function shownSettings(
  { basedir, tacPath: path }: Pick<Subject, "basedir" | "tacPath">,
  { own, text }: { readonly own: OptionSource; readonly text: string | undefined },
): string {
  try {
    return settingsText(readTacConfig(text === undefined ? readTacFile(basedir) : { path, text }, own));
  } catch (error) {
    return errorText(error);
  }
}

/** For its user alone. Throws ERR_BUNDLE, also where there is a file of that name. */
function writeNew(path: string, bytes: Uint8Array): void {
  try {
    writeFileSync(path, bytes, { flag: "wx", mode: 0o600 });
  } catch (error) {
    throw cliErrors.bundle.from(error, path, systemReason(error));
  }
}

/** They have no effect on an existing worker. */
function refuseOptionsOfCreate({ flags, values }: ParsedOptions): void {
  const given = createWorkerOptions.find(({ name }) => name !== "quiet" && (flags.has(name) || values.has(name)));
  if (given === undefined) return;
  throw baseErrors.usage(
    `option --${given.name} is an option of create-worker and requires BASEDIR MASTERHOST[:PORT] NAME [PASSWORD]`,
  );
}
