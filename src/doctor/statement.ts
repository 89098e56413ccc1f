// The results of checks: one statement for each thing that was checked.

import type { TroubleCode } from "../base/trouble-code.ts";
import type { ChecklistPoint } from "./troubles/index.ts";

export interface Remark {
  readonly point: ChecklistPoint;
  /** `note`: neither good nor bad, or not checked. */
  readonly kind: "fine" | "note" | "finding";
  /** The result: a clause without a full stop. */
  readonly text: string;
  /** Only for a finding. */
  readonly trouble?: TroubleCode;
  /** What to do, if more specific than the table. */
  readonly cure?: string | undefined;
  /** Details. */
  readonly lines?: readonly string[] | undefined;
}

/** The statements of one point of the checklist, by kind. */
export function statementsOf(point: ChecklistPoint) {
  return {
    fine: (text: string, lines?: readonly string[]): Remark => ({ point, kind: "fine", text, lines }),
    note: (text: string, lines?: readonly string[]): Remark => ({ point, kind: "note", text, lines }),
    finding: (trouble: TroubleCode, text: string, more: Pick<Remark, "cure" | "lines"> = {}): Remark => ({
      point,
      kind: "finding",
      text,
      trouble,
      ...more,
    }),
  };
}
