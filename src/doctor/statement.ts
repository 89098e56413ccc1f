// What an examination says: one statement for each thing it looked at. Knows no check.

import type { TroubleCode } from "../base/trouble-code.ts";
import type { ChecklistPoint } from "./troubles/index.ts";

export interface Statement {
  readonly point: ChecklistPoint;
  /** A note tells what is neither good nor bad, or was not looked at. */
  readonly kind: "fine" | "note" | "finding";
  /** What was found: a clause without its stop. */
  readonly text: string;
  /** Of a finding. */
  readonly trouble?: TroubleCode;
  /** What to do in this case, where it is more than the table says. */
  readonly cure?: string;
  /** Lines that belong to it. */
  readonly lines?: readonly string[];
}

/** The statements of one point of the checklist, by kind. */
export function statementsOf(point: ChecklistPoint) {
  return {
    fine: (text: string, lines?: readonly string[]): Statement => statement({ point, kind: "fine", text }, { lines }),
    note: (text: string, lines?: readonly string[]): Statement => statement({ point, kind: "note", text }, { lines }),
    finding: (
      trouble: TroubleCode,
      text: string,
      more: { readonly cure?: string | undefined; readonly lines?: readonly string[] | undefined } = {},
    ): Statement => statement({ point, kind: "finding", text, trouble }, more),
  };
}

function statement(
  said: Statement,
  { cure, lines }: { readonly cure?: string | undefined; readonly lines?: readonly string[] | undefined },
): Statement {
  return { ...said, ...(cure === undefined ? {} : { cure }), ...(lines === undefined ? {} : { lines }) };
}
