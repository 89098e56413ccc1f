// An examination as text for a person: what was found at each point, whether it is fine, and what to do.

import type { Examination, PointReport } from "./checks/run-checks.ts";
import type { Remark } from "./statement.ts";
import { checklist, troubles } from "./troubles/index.ts";

export interface ReportStyle {
  readonly colours: boolean;
}

const COLOURS: Readonly<Record<Remark["kind"], number>> = { fine: 32, note: 36, finding: 31 };
const MARKS: Readonly<Record<Remark["kind"], string>> = { fine: "ok", note: "note", finding: "FINDING" };
const MARK_WIDTH = 9;
const INDENT = " ".repeat(MARK_WIDTH + 2);
/** Of a line, where words allow it. */
const WIDTH = 110;
/** What is no finding and no program can tell. */
const BUILD_BY_HAND = "what no program can tell: check the project out and build it by hand, as the worker's user";

/** The whole text, without a newline at its end. */
export function report({ points, findingCount }: Examination, style: ReportStyle): string {
  const sections = points.map((one, i) => section(one, i + 1, style));
  return [...sections, verdict(findingCount)].join("\n\n");
}

function section({ point, statements }: PointReport, number: number, style: ReportStyle): string {
  const byHand: readonly Remark[] = point === "build" ? [{ point, kind: "note", text: BUILD_BY_HAND }] : [];
  const lines = [...statements, ...byHand].flatMap((one) => statementLines(one, style));
  return [`${number}. ${checklist[point]}`, ...lines].join("\n");
}

function statementLines(statement: Remark, { colours }: ReportStyle): readonly string[] {
  const { kind, text, lines = [] } = statement;
  const mark = MARKS[kind].padEnd(MARK_WIDTH);
  const shown = colours ? `\u001b[${COLOURS[kind]}m${mark}\u001b[0m` : mark;
  const [first = "", ...more] = [text, ...lines, ...cureTexts(statement)].flatMap((one) => wrapped(harmless(one)));
  return [`  ${shown}${first}`, ...more.map((line) => `${INDENT}${line}`)];
}

function cureTexts({ trouble, cure }: Remark): readonly string[] {
  if (trouble === undefined) return [];
  const row = troubles[trouble];
  return [`${trouble}: ${row.title}. ${row.meaning}`, `what to do: ${cure ?? row.cure}`];
}

/** In lines that are broken between words. */
function wrapped(text: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    const isRoom = last !== undefined && last.length + word.length + 1 <= WIDTH - INDENT.length;
    if (isRoom) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function verdict(findingCount: number): string {
  if (findingCount === 0) return "No finding.";
  const count = findingCount === 1 ? "1 finding" : `${findingCount} findings`;
  return `${count}; docs/troubleshooting.md has more about each word before the colon.`;
}

/** Names and words of others may hold what rewrites a terminal. */
function harmless(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "?");
}
