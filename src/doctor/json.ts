// The report as JSON for programs. Names and kinds are stable; texts are not.

import { version } from "../base/version.ts";
import type { Examination } from "./checks/run-checks.ts";
import type { Remark } from "./statement.ts";
import { checklist, troubles } from "./troubles/index.ts";

/** Indented by two spaces, without a final newline. */
export function jsonReport({ basedir, points, findingCount }: Examination): string {
  const shown = points.map(({ point, statements }) => ({
    point,
    title: checklist[point],
    statements: statements.map(jsonStatement),
  }));
  return JSON.stringify({ buildhand: version, basedir, findings: findingCount, points: shown }, null, 2);
}

function jsonStatement({ kind, text, lines, trouble, cure }: Remark) {
  if (trouble === undefined) return { kind, text, lines };
  const row = troubles[trouble];
  return { kind, code: trouble, text, lines, title: row.title, meaning: row.meaning, cure: cure ?? row.cure };
}
