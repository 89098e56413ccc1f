// Stores what the long tests measured last for docs/measurements/limits.md, which has a section for each of them.
import { cpus, release, totalmem } from "node:os";
import { version } from "../../src/base/version.ts";
import { readMeasurements, storeMeasurements } from "../support/measurements.ts";

const MIB = 1024 * 1024;

type Section = "memory" | "soak" | "fleet" | "latency" | "pty";
type Table = readonly (readonly string[])[];

/** Replaces one section; `lines` are those of a Markdown table. */
export function writeLimits(section: Section, lines: readonly string[]): void {
  store(section, cellsOf(lines), `Buildhand ${version}, Node.js ${process.version}`);
}

/** Puts a row, which begins with this release of Node.js, into a section's table, beside those of other lines of releases. */
export function writeReleaseRow(section: Section, heading: readonly string[], row: string): void {
  const [, ...earlier] = measured()[section]?.table ?? [];
  store(section, [...cellsOf(heading), ...withReleaseRow(earlier, cellsOf([row])[0] ?? [])], `Buildhand ${version}`);
}

/** The rows, each of which begins with a release of Node.js, with `row` in place of one of the same line of releases. */
export function withReleaseRow(rows: Table, row: readonly string[]): Table {
  const lineOf = ([one = ""]: readonly string[]) => Number(/^v?(\d+)\./.exec(one)?.[1]);
  return [...rows.filter((one) => lineOf(one) !== lineOf(row)), row].toSorted((a, b) => lineOf(a) - lineOf(b));
}

function store(section: Section, table: Table, what: string): void {
  if (keepsMeasurements()) return;
  storeMeasurements("limits", { ...measured(), [section]: { machine: `${what}, ${shownMachine()}.`, table } });
}

/** Whether this run must not change what is stored. */
export function keepsMeasurements(): boolean {
  return process.env["BUILDHAND_KEEP_LIMITS"] === "1";
}

export function shownMachine(): string {
  return `Linux ${release().split("-")[0]}, ${cpus().length} CPUs, ${Math.round(totalmem() / MIB / 1024)} GiB`;
}

function measured(): Partial<Record<Section, { readonly table: Table }>> {
  return readMeasurements("limits") as Partial<Record<Section, { readonly table: Table }>>;
}

/** Without the line below the heading. */
function cellsOf(lines: readonly string[]): Table {
  const cells = lines.map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
  return cells.filter((row) => !row.every((cell) => cell === "---"));
}
