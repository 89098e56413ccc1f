// The page of a log: a window of its lines, with links to other windows.
import type { BuildDetail, FoundLog, LogView, MasterView, StepView } from "../../master-view.ts";
import { eventsPath } from "../events-path.ts";
import { layout } from "../layout.ts";
import { foldedLines, type LogWindow, lineMarkup, logWindow } from "../log/index.ts";
import { type Content, type Markup, markup } from "../markup.ts";
import { paths } from "../paths.ts";
import type { PageVisit } from "../site.ts";
import { lookOfStep, stepBadge } from "../status-words.ts";
import { logSize } from "./build.ts";
import { overviewCrumb } from "./builder.ts";

export const LONGEST_SEARCH = 200;

interface LogContent extends FoundLog {
  /** The first line to show, from 1. */
  readonly from: number | undefined;
  /** The line with an error that the reader came for. */
  readonly error: number | undefined;
}

export function logPage(view: MasterView, visit: PageVisit, { build, step, log, from, error }: LogContent): Markup {
  const { builder, number } = build;
  const path = paths.log({ build, step, log });
  const shown = logWindow(view, { log, path, wanted: from, render: lineMarkup });
  const main = markup`
<h1>${log.name} <span class="of">of step ${step.name}</span></h1>
<p class="outcome" id="size" data-live>${stepBadge(step)} ${logSize(log)}</p>
<div class="tools"><a href="${path}/text" download>Download as text</a>${shown.lines.length > 0 && markup`<a href="#end">To the end</a>`}${nextError(path, log, error)}${searchForm(path, log)}${jumpForm(path, log)}</div>
${pager(shown, path, "Pages of the log")}
<div class="log" id="log" ${following(shown, log, path)}>${lines(shown, log)}</div>
${pager(shown, path, "Pages of the log, below it")}
<span id="end"></span>`;
  return layout(
    {
      title: `${log.name} of ${step.name}, ${builder} #${number}`,
      look: lookOfStep(step),
      crumb: log.name,
      crumbs: stepCrumbs(build, step),
      ...(!log.isComplete && { eventsPath: eventsPath({ builder, number, logId: log.id }) }),
      main,
    },
    visit,
  );
}

/** The parents of a page about a log. */
export function stepCrumbs({ builder, number }: BuildDetail, step: StepView) {
  const path = paths.build(builder, number);
  return [
    overviewCrumb,
    { text: builder, path: paths.builder(builder) },
    { text: `#${number}`, path },
    { text: step.name, path: `${path}#step-${step.number}` },
  ];
}

/** Attributes for the script that appends new lines. It requests the last line again, since that may have grown. */
function following({ lines, next }: LogWindow, log: LogView, path: string): Content {
  if (log.isComplete) return false;
  const lastShown = lines.at(-1)?.number ?? 1;
  return markup`data-next="${path}?from=${lastShown}" data-tail="${path}" data-at-end="${next === undefined ? "yes" : "no"}"`;
}

function lines(shown: LogWindow, log: LogView): Content {
  if (shown.markup.length > 0) return foldedLines(shown);
  return markup`<p class="quiet-line">${log.isComplete ? "This log is empty." : "No output yet."}</p>`;
}

/** After the line that the reader came for; otherwise the first of the log. */
function nextError(path: string, { lineCount }: LogView, error: number | undefined): Content {
  if (lineCount === 0) return false;
  const text = error === undefined ? "First error" : "Next error";
  return markup`<a href="${path}/next-error?after=${error ?? 0}">${text}</a>`;
}

export function searchForm(path: string, { lineCount }: LogView, searched = ""): Content {
  return (
    lineCount > 1 &&
    markup`<form class="jump" action="${path}/search" role="search"><label for="q">Search</label>
<input id="q" name="q" value="${searched}" maxlength="${LONGEST_SEARCH}" size="16" required><button class="quiet">Find</button></form>`
  );
}

function jumpForm(path: string, { lineCount }: LogView): Content {
  return (
    lineCount > 1 &&
    markup`<form class="jump" action="${path}"><label for="from">Line</label>
<input id="from" name="from" inputmode="numeric" pattern="[0-9]+" size="8" required><button class="quiet">Go</button></form>`
  );
}

function pager({ from, previous, next, last, lines }: LogWindow, path: string, label: string): Content {
  if (previous === undefined && next === undefined) return false;
  const link = (text: string, to: number | undefined) =>
    to !== undefined && markup`<a href="${path}?from=${to}">${text}</a>`;
  const to = from + lines.length - 1;
  return markup`<nav class="pager" aria-label="${label}">
${link("First", previous === undefined ? undefined : 1)} ${link("Previous", previous)}
<span class="part">from line ${from.toLocaleString("en")}${next !== undefined && ` to ${to.toLocaleString("en")}`}</span>
${link("Next", next)} ${link("Last", next === undefined ? undefined : last)}
</nav>`;
}
