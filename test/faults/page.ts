// What a run of all faults has shown, as docs/measurements/reliability.md has it.

import { availableParallelism, cpus, release } from "node:os";
import { version } from "../../src/base/version.ts";
import { storeMeasurements } from "../support/measurements.ts";
import type { Counted } from "./census.ts";
import type { FaultName, Ledger, Outcome } from "./fault.ts";

/** Of what went wrong. */
const SHOWN_CHARACTERS = 300;

export interface Row extends FaultName {
  readonly lane: string;
  /** Or why there is none. */
  readonly outcome: Outcome | { readonly notRun: string } | { readonly failed: string };
}

export interface Account {
  readonly lane: string;
  readonly ledger: Ledger;
}

/** Replaces what docs/measurements/reliability.md shows. */
export function storeReliability(rows: readonly Row[], accounts: readonly Account[]): void {
  const count = (test: (row: Row) => boolean) => String(rows.filter(test).length);
  storeMeasurements("reliability", {
    facts: [
      ["buildhand, Node.js", `${version}, ${process.version}`],
      [
        "machine",
        `${process.platform} ${release()}, ${availableParallelism()} × ${cpus()[0]?.model ?? "unknown"}, not otherwise idle`,
      ],
      ["faults", String(rows.length)],
      ["not run", count(({ outcome }) => "notRun" in outcome)],
      ["not as documented", count(({ outcome }) => "failed" in outcome)],
    ],
    faults: rows.map(({ stage, fault, outcome }) => [stage, fault, ...cells(outcome)]),
    leaks: accounts.map(({ lane, ledger }) => accountCells(lane, ledger)),
  });
}

function cells(outcome: Row["outcome"]): readonly string[] {
  if ("notRun" in outcome) return [`*not run: ${outcome.notRun}*`, "", ""];
  if ("failed" in outcome) return [`**not as documented: ${outcome.failed.slice(0, SHOWN_CHARACTERS)}**`, "", ""];
  const { said, noticedMs, readyMs, ending } = outcome;
  const readiness = readyMs === undefined ? ending : seconds(readyMs);
  return [said, noticedMs === undefined ? "" : seconds(noticedMs), readiness];
}

function accountCells(lane: string, { before, after }: Ledger): readonly string[] {
  const change = (what: Counted, digits: number) =>
    before[what] === undefined ? "" : `${before[what].toFixed(digits)} → ${after[what]?.toFixed(digits)}`;
  const whole = (["descriptors", "timers", "sockets", "children"] as const).map((what) => change(what, 0));
  return [lane, change("heapMib", 1), ...whole];
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
