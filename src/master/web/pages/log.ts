// The page of a log: a window of its lines, with links to other windows.
import type { BuildDetail, LogView, MasterView, StepView } from "../../master-view.ts";
import { eventsPath } from "../events-path.ts";
import { layout } from "../layout.ts";
import { type LogWindow, lineMarkup, logWindow } from "../log/index.ts";
import { type Content, type Markup, markup } from "../markup.ts";
import { paths } from "../paths.ts";
import type { PageVisit } from "../site.ts";
import { stepBadge } from "../status-words.ts";
import { logSize } from "./build.ts";
import { overviewCrumb } from "./builder.ts";

interface LogContent {
  readonly build: BuildDetail;
  readonly step: StepView;
  readonly log: LogView;
  /** The first line to show, from 1. */
  readonly from: number | undefined;
}

export function logPage(view: MasterView, visit: PageVisit, { build, step, log, from }: LogContent): Markup {
  const { builder, number } = build;
  const path = paths.log({ builder, number, step: step.number, slug: log.slug });
  const shown = logWindow(view, { log, path, wanted: from, render: lineMarkup });
  const main = markup`
<h1>${log.name} <span class="of">of step ${step.name}</span></h1>
<p class="outcome" id="size" data-live>${stepBadge(step)} ${logSize(log)}</p>
<div class="tools"><a href="${path}/text" download>Download as text</a>${shown.lines.length > 0 && markup`<a href="#end">To the end</a>`}${jumpForm(path, log)}</div>
${pager(shown, path, "Pages of the log")}
<div class="log" id="log" ${following(shown, log, path)}>${lines(shown, log)}</div>
${pager(shown, path, "Pages of the log, below it")}
<span id="end"></span>`;
  return layout(
    {
      title: `${log.name} of ${step.name}, ${builder} #${number}`,
      crumb: log.name,
      crumbs: [
        overviewCrumb,
        { text: builder, path: paths.builder(builder) },
        { text: `#${number}`, path: paths.build(builder, number) },
        { text: step.name, path: `${paths.build(builder, number)}#step-${step.number}` },
      ],
      ...(!log.isComplete && { eventsPath: eventsPath({ builder, number, logId: log.id }) }),
      main,
    },
    visit,
  );
}

/** Attributes for the script that appends new lines. It requests the last line again, since that may have grown. */
function following({ lines, next }: LogWindow, log: LogView, path: string): Content {
  if (log.isComplete) return false;
  const lastShown = lines.at(-1)?.number ?? 1;
  return markup`data-next="${path}?from=${lastShown}" data-tail="${path}" data-at-end="${next === undefined ? "yes" : "no"}"`;
}

function lines(shown: LogWindow, log: LogView): Content {
  if (shown.markup.length > 0) return shown.markup;
  return markup`<p class="quiet-line">${log.isComplete ? "This log is empty." : "No output yet."}</p>`;
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
