// The lines of a log that match a search, and where it has to be continued.
import type { FoundLog, LogView } from "../../master-view.ts";
import { layout } from "../layout.ts";
import { LINES_BEFORE, type LogMatches, lineMarkup, MATCHES_AT_MOST, renderLines } from "../log/index.ts";
import { type Content, type Markup, markup } from "../markup.ts";
import { paths } from "../paths.ts";
import type { PageVisit } from "../site.ts";
import { counted } from "../times.ts";
import { searchForm, stepCrumbs } from "./log.ts";

interface SearchContent extends FoundLog {
  /** Undefined: a line with an error was searched. */
  readonly searched: string | undefined;
  readonly from: number;
  readonly found: LogMatches;
}

export function searchPage(visit: PageVisit, { build, step, log, searched, from, found }: SearchContent): Markup {
  const path = paths.log({ build, step, log });
  const lines = renderLines(found.lines, (line) =>
    lineMarkup(line, `${path}?from=${Math.max(1, line.number - LINES_BEFORE)}`),
  );
  const title = searched === undefined ? "Errors" : `Search for ${searched}`;
  const main = markup`
<h1>${title} <span class="of">in ${log.name} of step ${step.name}</span></h1>
<p class="outcome" role="status">${summary(found, log, from)}</p>
<div class="tools"><a href="${path}">Whole log</a>${searchForm(path, log, searched)}</div>
${lines.length > 0 && markup`<div class="log">${lines}</div>`}
${continued(path, searched, found)}`;
  return layout({ title, crumb: title, crumbs: [...stepCrumbs(build, step), { text: log.name, path }], main }, visit);
}

function summary({ lines, next }: LogMatches, { lineCount }: LogView, from: number): string {
  const to = next === undefined ? lineCount : next - 1;
  const where = `from line ${from.toLocaleString("en")} to ${to.toLocaleString("en")}`;
  if (lines.length === 0) return `Nothing found ${where}.`;
  const limited = lines.length >= MATCHES_AT_MOST ? "; the search stopped there" : "";
  return `${counted(lines.length, "line")} found ${where}${limited}.`;
}

function continued(path: string, searched: string | undefined, { next }: LogMatches): Content {
  if (next === undefined) return false;
  const query = searched === undefined ? "" : `q=${encodeURIComponent(searched.toWellFormed())}&`;
  const href = searched === undefined ? `${path}/next-error?after=${next - 1}` : `${path}/search?${query}from=${next}`;
  return markup`<nav class="pager" aria-label="Rest of the log"><a href="${href}" rel="next">Continue</a></nav>`;
}
