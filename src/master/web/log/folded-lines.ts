// The lines of a window, with long runs of headers folded: what was started, where, and its environment.
import { type Content, type Markup, markup } from "../markup.ts";
import { counted } from "../times.ts";
import type { LogWindow } from "./window.ts";

/** Shorter runs, such as the exit code at the end, are always shown. */
const FOLDED_FROM = 4;

/** The first line of a folded run stays visible. */
export function foldedLines({ lines, markup: rendered }: Pick<LogWindow, "lines" | "markup">): readonly Markup[] {
  if (lines.every(({ stream }) => stream === "h")) return rendered;
  const parts: Markup[] = [];
  for (let at = 0; at < lines.length; ) {
    let end = at + 1;
    while (lines[at]?.stream === "h" && lines[end]?.stream === "h") end += 1;
    if (end - at < FOLDED_FROM) parts.push(...rendered.slice(at, end));
    else parts.push(...rendered.slice(at, at + 1), fold(rendered.slice(at + 1, end)));
    at = end;
  }
  return parts;
}

function fold(lines: readonly Content[]): Markup {
  return markup`<details class="fold"><summary>${counted(lines.length, "more line")} about the command</summary>
${lines}</details>
`;
}
