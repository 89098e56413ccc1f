// buildhand doctor: walks the checklist for setting up a worker, on a base directory or before there is one. Loaded when it is asked
// for: what it needs, no worker does.
import { systemClock } from "../base/clock.ts";
import { baseErrors } from "../base/errors.ts";
import { commandLineSource } from "../config/index.ts";
import { EXIT_FINDINGS } from "../daemon/index.ts";
import { jsonReport, readSubjects, report, runChecks } from "../doctor/index.ts";
import { plannedWorker, plansWorker } from "./create-worker.ts";
import { createWorkerOptions } from "./create-worker-options.ts";
import type { ParsedOptions } from "./option-parser.ts";
import { directoryArgument } from "./worker-directory.ts";

/** Resolves to the exit code. Throws usage errors; what is wrong with the worker is no error here. */
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
  // For a person who waits; where the report goes, nothing but the report does.
  const isWatched = process.stderr.isTTY && !flags.has("quiet");
  const found = await runChecks(subjects, (what) => {
    if (isWatched) console.error(`looking at ${what} ...`);
  });
  const colours = process.stdout.isTTY && !process.env["NO_COLOR"];
  console.log(flags.has("json") ? jsonReport(found) : report(found, { colours }));
  return found.findingCount === 0 ? 0 : EXIT_FINDINGS;
}

/** They would change nothing about a worker that there is. */
function refuseOptionsOfCreate({ flags, values }: ParsedOptions): void {
  const given = createWorkerOptions.find(({ name }) => name !== "quiet" && (flags.has(name) || values.has(name)));
  if (given === undefined) return;
  throw baseErrors.usage(
    `option --${given.name} is one of create-worker: expected BASEDIR MASTERHOST[:PORT] NAME [PASSWORD] with it`,
  );
}
