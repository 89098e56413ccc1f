// The points of the checklist for setting up a worker, in the order of Buildbot's manual, and the type of a row of the table
// of troubles.
import type { TroubleCode } from "../../base/trouble-code.ts";

/** Title of each point on the page and in reports. */
export const checklist = {
  account: "Account",
  software: "Software",
  host: "Connection to the master",
  build: "Build environment",
  basedir: "Base directory",
  credentials: "Name and password",
  create: "Settings",
  describe: "Description of the host",
} as const;

export type ChecklistPoint = keyof typeof checklist;

export const checklistPoints = Object.keys(checklist) as readonly ChecklistPoint[];

export interface Trouble {
  readonly point: ChecklistPoint;
  /** A clause without a full stop. */
  readonly title: string;
  /** Cause and consequences: sentences. */
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
