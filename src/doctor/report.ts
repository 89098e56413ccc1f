// The report as text: the results of each point of the checklist, and what to do about findings.

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
/** Maximum line width; longer words are not broken. */
const WIDTH = 110;
/** A note for the checklist point that no check covers. */
const BUILD_BY_HAND = "not checked: check out the project and build it by hand, as the worker's user";

/** The whole text, without a final newline. */
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
  const [first = "", ...more] = [text, ...lines, ...cureTexts(statement)].flatMap((one) => wrapped(printable(one)));
  return [`  ${shown}${first}`, ...more.map((line) => `${INDENT}${line}`)];
}

function cureTexts({ trouble, cure }: Remark): readonly string[] {
  if (trouble === undefined) return [];
  const row = troubles[trouble];
  return [`${trouble}: ${row.title}. ${row.meaning}`, `what to do: ${cure ?? row.cure}`];
}

/** Breaks lines between words. */
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
  if (findingCount === 0) return "No findings.";
  const count = findingCount === 1 ? "1 finding" : `${findingCount} findings`;
  return `${count}; see docs/reference/troubles.md for each code before the colon.`;
}

/** Names and messages of others may contain control characters for the terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "?");
}
