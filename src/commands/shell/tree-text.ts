// Formats the processes of a command as lines for its log, each below its parent. Knows no /proc.

import { quotedForShell } from "../../base/posix-quoting.ts";
import type { ExaminedProcess, ExaminedTree } from "../../process/diagnosis/index.ts";
import { OWN_HEADER } from "../perform.ts";

/** Limit of all lines together, in bytes of UTF-8. */
export const TREE_LIMIT_BYTES = 64 * 1024;
/**
 * Limit of the command line of one process. It is cut only between arguments, since a part of a secret is not
 * recognized.
 */
export const COMMAND_LINE_LIMIT_CHARS = 1000;
/** Deepest level of indentation. */
const INDENT_LIMIT = 20;

/**
 * A heading and a line for each process, without newlines; none when there are no processes. `shownArgv` returns
 * arguments without secrets.
 */
export function treeLines(
  { processes, leftOutCount }: ExaminedTree,
  shownArgv: (process: ExaminedProcess) => readonly string[],
): string[] {
  if (processes.length === 0) return [];
  const lines = [`${OWN_HEADER}processes at the timeout, before any signal:`];
  let bytes = 0;
  let shownCount = 0;
  for (const { process, depth } of inTreeOrder(processes)) {
    const line = `${"  ".repeat(Math.min(depth, INDENT_LIMIT) + 1)}${processText(process, shownArgv(process))}`;
    bytes += Buffer.byteLength(line) + 1;
    if (bytes > TREE_LIMIT_BYTES) break;
    lines.push(line);
    shownCount += 1;
  }
  const more = processes.length - shownCount + leftOutCount;
  return more > 0 ? [...lines, `  and ${more} more`] : lines;
}

interface Placed {
  readonly process: ExaminedProcess;
  readonly depth: number;
}

/** Parents before their children, siblings in order of their start. */
function inTreeOrder(processes: readonly ExaminedProcess[]): readonly Placed[] {
  const pids = new Set(processes.map(({ pid }) => pid));
  const placed = new Map<number, Placed>();
  const place = (process: ExaminedProcess, depth: number) => {
    if (placed.has(process.pid)) return;
    placed.set(process.pid, { process, depth });
    for (const child of processes) if (child.parent === process.pid) place(child, depth + 1);
  };
  for (const process of processes) if (!pids.has(process.parent)) place(process, 0);
  // If pids were reused during the scan, they may form a cycle.
  for (const process of processes) place(process, 0);
  return [...placed.values()];
}

function processText(process: ExaminedProcess, argv: readonly string[]): string {
  const { pid, state, cpuSeconds, threadCount, waitsIn } = process;
  const facts = [
    waitsIn.length === 0 ? state : `${state} in ${waitsIn.join(" < ")}`,
    `${cpuSeconds.toFixed(2)} s CPU`,
    ...(threadCount > 1 ? [`${threadCount} threads`] : []),
  ];
  return `${pid} ${facts.join(", ")}: ${commandLine(process, argv)}`;
}

function commandLine({ program, isCut }: ExaminedProcess, argv: readonly string[]): string {
  if (argv.length === 0) return `(${printable(program)})`;
  const shown: string[] = [];
  let length = 0;
  for (const argument of argv) {
    const word = argument.length > COMMAND_LINE_LIMIT_CHARS ? `<${argument.length} characters>` : quoted(argument);
    length += word.length + 1;
    if (length > COMMAND_LINE_LIMIT_CHARS) break;
    shown.push(word);
  }
  return [...shown, ...(isCut || shown.length < argv.length ? ["..."] : [])].join(" ");
}

function quoted(argument: string): string {
  return quotedForShell([printable(argument)]);
}

/** On one line, without control characters. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "?");
}
