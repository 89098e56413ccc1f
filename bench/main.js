// The command line of the benchmark suite: runs scenarios, reports progress, and writes a table, JSON and, with
// --page, docs/measurements/data/performance.json with the pages that show it.
//
//   node bench/main.js [--only NAME]... [--runs N] [--json FILE] [--page] [--compare] [--profile] [--anyway]
//
// It refuses to run on a machine that is not idle, where figures mean little; with --anyway it runs, and judges no goal.
// --compare names the rows that are worse by more than 10 % than the stored figures, and then exits with 1.
// --profile tells where the time goes in ours, and slows it down: the figures of such a run are not to be kept.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { worseRows } from "./compare.js";
import { describeMachine, isQuiet, placeOfFiles, QUIET_LOAD, shownMachine, watchStolenPart } from "./machine.js";
import { measure } from "./measure.js";
import { takeProfiles } from "./profiles.js";
import { cellsOf, rowsOf } from "./results.js";
import { scenarios } from "./scenarios.js";
import { availableKinds, Workshop } from "./workers.js";

const DEFAULT_RUNS = 5;
const STORED = new URL("../docs/measurements/data/performance.json", import.meta.url);

const options = readOptions();
if (options !== undefined) process.exitCode = await main(options);

/** The exit status: 1 when a scenario failed; a goal that was missed is a result. */
async function main({ chosen, runs, json, page, compare, profile, anyway }) {
  const kinds = availableKinds();
  const stolenPart = watchStolenPart();
  const machine = { ...describeMachine(), files: placeOfFiles() === tmpdir() ? "disk" : "tmpfs" };
  say(shownMachine(machine));
  const judges = isQuiet(machine);
  if (!judges) {
    say(`The load average is ${machine.loadBefore}, above ${QUIET_LOAD}: the machine is not idle.`);
    if (!anyway) {
      say("Nothing was measured. Wait until it is idle, or measure with --anyway, which judges no goal.");
      return 1;
    }
    say("Measuring anyway; no goal is judged.");
  }
  const profiles = profile ? mkdtempSync(join(tmpdir(), "buildhand-profile-")) : undefined;
  const workshop = new Workshop(profiles);
  const removeAndEnd = () => {
    workshop.remove();
    process.exit(130);
  };
  process.once("SIGINT", removeAndEnd);
  process.once("SIGTERM", removeAndEnd);
  const results = [];
  const failures = [];
  try {
    for (const scenario of chosen) {
      const onRun = (text) => say(`${scenario.name}: ${text}`);
      try {
        const measured = await measure(scenario, { workshop, runs, kinds, onRun });
        const rows = rowsOf(scenario, measured, judges);
        results.push({ name: scenario.name, measured, rows });
        sayTable(rows);
        if (profiles !== undefined) say(takeProfiles(profiles));
      } catch (error) {
        failures.push(`${scenario.name} failed: ${error.message}`);
        say(failures.at(-1));
      }
    }
  } finally {
    workshop.remove();
    if (profiles !== undefined) rmSync(profiles, { recursive: true });
  }
  machine.stolenPart = stolenPart();
  const rows = results.flatMap((result) => result.rows);
  sayTable(rows);
  for (const failure of failures) say(failure);
  const worse = compare ? worseRows(JSON.parse(readFileSync(STORED, "utf8")).rows, rows) : [];
  if (compare) say(worse.length === 0 ? "No row is worse than the stored one." : "Worse than the stored rows:");
  for (const line of worse) say(line);
  if (json !== undefined)
    writeFileSync(json, `${JSON.stringify({ machine, runs, failures, scenarios: results }, null, 2)}\n`);
  if (page) {
    writeFileSync(STORED, `${JSON.stringify({ machine, runs, rows }, null, 1)}\n`);
    await import("../scripts/write-measurements.js");
  }
  return failures.length + worse.length === 0 ? 0 : 1;
}

/** Undefined, with a message, when they make no sense. */
function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: "string", multiple: true },
        runs: { type: "string", default: String(DEFAULT_RUNS) },
        json: { type: "string" },
        page: { type: "boolean", default: false },
        compare: { type: "boolean", default: false },
        profile: { type: "boolean", default: false },
        anyway: { type: "boolean", default: false },
      },
    });
    const unknown = values.only?.find((name) => !scenarios.some((scenario) => scenario.name === name));
    const names = scenarios.map(({ name }) => name).join(", ");
    if (unknown !== undefined) throw new Error(`--only must name a scenario, not ${unknown}: ${names}`);
    if (!/^[1-9]\d*$/.test(values.runs)) throw new Error(`--runs must be a whole number from 1, not ${values.runs}`);
    const chosen = scenarios.filter(({ name }) => values.only?.includes(name) ?? true);
    const { json, page, compare, profile, anyway } = values;
    if ((page || compare) && profile)
      throw new Error("--page and --compare must be made without --profile, which slows our worker down");
    return { chosen, runs: Number(values.runs), json, page, compare, profile, anyway };
  } catch (error) {
    say(error.message);
    process.exitCode = 2;
    return undefined;
  }
}

function sayTable(rows) {
  const cells = cellsOf(rows, scenarios);
  const widths = cells[0].map((_, column) => Math.max(...cells.map((line) => line[column].length)));
  say(
    cells
      .map((line) =>
        line
          .map((cell, column) => cell.padEnd(widths[column]))
          .join("  ")
          .trimEnd(),
      )
      .join("\n"),
  );
}

function say(text) {
  process.stdout.write(`${text}\n`);
}
