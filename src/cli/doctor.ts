// buildhand doctor: checks the setup of a worker, in a base directory or before there is one. Loaded when it is called: a worker
// does not need its modules.
import { systemClock } from "../base/clock.ts";
import { baseErrors } from "../base/errors.ts";
import { commandLineSource } from "../config/index.ts";
import { EXIT_FINDINGS } from "../daemon/index.ts";
import { jsonReport, readSubjects, report, runChecks } from "../doctor/index.ts";
import { plannedWorker, plansWorker } from "./create-worker.ts";
import { createWorkerOptions } from "./create-worker-options.ts";
import type { ParsedOptions } from "./option-parser.ts";
import { directoryArgument } from "./worker-directory.ts";

/** Resolves to the exit code. Throws usage errors; problems of the worker are findings, not errors. */
export async function doctor(options: ParsedOptions): Promise<number> {
  const { values, flags } = options;
  const planned = plansWorker(options) ? await plannedWorker(options) : undefined;
  if (planned === undefined) refuseOptionsOfCreate(options);
  const subjects = await readSubjects({
    basedir: planned?.basedir ?? directoryArgument(options.rest),
    plannedTac: planned?.tacText,
    own: commandLineSource(values, flags),
    pidFile: values.get("pidfile"),
    logFile: values.get("logfile"),
    environment: process.env,
    clock: systemClock,
  });
  // Progress for a person at a terminal; standard output has only the report.
  const isWatched = process.stderr.isTTY && !flags.has("quiet");
  const found = await runChecks(subjects, (what) => {
    if (isWatched) console.error(`checking ${what} ...`);
  });
  const colours = process.stdout.isTTY && !process.env["NO_COLOR"];
  console.log(flags.has("json") ? jsonReport(found) : report(found, { colours }));
  return found.findingCount === 0 ? 0 : EXIT_FINDINGS;
}

/** They have no effect on an existing worker. */
function refuseOptionsOfCreate({ flags, values }: ParsedOptions): void {
  const given = createWorkerOptions.find(({ name }) => name !== "quiet" && (flags.has(name) || values.has(name)));
  if (given === undefined) return;
  throw baseErrors.usage(
    `option --${given.name} is an option of create-worker and requires BASEDIR MASTERHOST[:PORT] NAME [PASSWORD]`,
  );
}
