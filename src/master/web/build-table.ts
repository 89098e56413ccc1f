// The table of builds on the pages of builders and workers.
import type { BuildView } from "../master-view.ts";
import { messageOf, sourceWords } from "./change-words.ts";
import { type Content, type Markup, markup } from "./markup.ts";
import { paths } from "./paths.ts";
import { buildBadge, stateBeside } from "./status-words.ts";
import { ago, took } from "./times.ts";

/** Narrow screens show rows as blocks, and some screen readers then ignore the table: hence the explicit roles. */
export function buildTable(
  builds: readonly BuildView[],
  shown: { readonly caption: string; readonly nowMs: number; readonly withBuilder?: true },
): Markup {
  const { nowMs } = shown;
  const heads = [
    "Build",
    "Result",
    shown.withBuilder ? "Builder" : "Worker",
    "Change",
    "Details",
    "Started",
    "Duration",
  ];
  const row = (build: BuildView) => {
    const path = paths.build(build.builder, build.number);
    const other = shown.withBuilder
      ? cell("Builder", markup`<a href="${paths.builder(build.builder)}">${build.builder}</a>`)
      : cell("Worker", markup`<a href="${paths.worker(build.worker)}">${build.worker}</a>`);
    return markup`<tr role="row">
<th role="rowheader" scope="row"><a href="${path}">#${build.number}</a></th>
${cell("Result", buildBadge(build))}
${other}
${cell("Change", sourceWords(build))}
${cell("Details", markup`${stateBeside(build)}<span class="reason">${messageOf(build) || build.reason}</span>`)}
${cell("Started", ago(build.startedAtMs, nowMs))}
${cell("Duration", took(build.startedAtMs, build.endedAtMs ?? nowMs))}
</tr>`;
  };
  return markup`<table class="builds" role="table">
<caption class="unseen">${shown.caption}</caption>
<thead role="rowgroup"><tr role="row">${heads.map((head) => markup`<th role="columnheader" scope="col">${head}</th>`)}</tr></thead>
<tbody role="rowgroup">${builds.map(row)}</tbody>
</table>`;
}

/** Links to other parts of a list of builds; nothing if all are shown. */
export function buildPager(label: string, newest: string | undefined, older: string | undefined): Content {
  if (newest === undefined && older === undefined) return false;
  return markup`<nav class="pager" aria-label="${label}">
${newest !== undefined && markup`<a href="${newest}">Newest</a>`}
${older !== undefined && markup`<a href="${older}" rel="next">Older</a>`}
</nav>`;
}

export function cell(label: string, content: Content): Markup {
  return markup`<td role="cell" data-label="${label}"><div>${content}</div></td>`;
}
