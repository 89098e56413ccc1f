// What an examination says: one statement for each thing it looked at. Knows no check.

import type { TroubleCode } from "../base/trouble-code.ts";
import type { ChecklistPoint } from "./troubles/index.ts";

export interface Remark {
  readonly point: ChecklistPoint;
  /** A note tells what is neither good nor bad, or was not looked at. */
  readonly kind: "fine" | "note" | "finding";
  /** What was found: a clause without its stop. */
  readonly text: string;
  /** Of a finding. */
  readonly trouble?: TroubleCode;
  /** What to do in this case, where it is more than the table says. */
  readonly cure?: string | undefined;
  /** Lines that belong to it. */
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
