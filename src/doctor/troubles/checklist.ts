// The points of the checklist for setting up a worker, in the order of Buildbot's manual, and the form of a row of the table
// of troubles.
import type { TroubleCode } from "../../base/trouble-code.ts";

/** What each point is called on a page and in a report. */
export const checklist = {
  account: "Account",
  software: "Software",
  host: "The way to the master",
  build: "What builds find",
  basedir: "Base directory",
  credentials: "Name and password",
  create: "Settings",
  describe: "Description of the host",
} as const;

export type ChecklistPoint = keyof typeof checklist;

export const checklistPoints = Object.keys(checklist) as readonly ChecklistPoint[];

export interface Trouble {
  readonly point: ChecklistPoint;
  /** A clause without its stop. */
  readonly title: string;
  /** What it is, and what comes of it: sentences. */
  readonly meaning: string;
  /** What to do: sentences in the imperative. */
  readonly cure: string;
}

/** Rows that belong to one point. */
export function rowsOf<Code extends TroubleCode>(
  point: ChecklistPoint,
  rows: Readonly<Record<Code, Omit<Trouble, "point">>>,
): Readonly<Record<Code, Trouble>> {
  const entries = Object.entries<Omit<Trouble, "point">>(rows);
  return Object.fromEntries(entries.map(([code, row]) => [code, { point, ...row }])) as Record<Code, Trouble>;
}
