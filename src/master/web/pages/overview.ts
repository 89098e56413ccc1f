// The start page: all builders with their last builds, the queue, and the last builds of all builders.
import type { BuildCondition, BuilderView, BuildView, MasterView } from "../../master-view.ts";
import { numberOfResult } from "../../results.ts";
import { buildPager, buildTable } from "../build-table.ts";
import { eventsPath } from "../events-path.ts";
import { layout } from "../layout.ts";
import { type Content, type Markup, markup } from "../markup.ts";
import { paths } from "../paths.ts";
import { requestList } from "../request-list.ts";
import type { PageVisit } from "../site.ts";
import { buildBadge, buildSign, hasFailed, isAttached, type Look, stateLine } from "../status-words.ts";
import { ago, counted } from "../times.ts";

const SIGNS_PER_BUILDER = 8;
const RECENT_BUILDS = 20;

/** What the list of recent builds shows; from the address, so anything. */
interface BuildFilter {
  readonly builder: string;
  readonly result: string;
  readonly branch: string;
  /** Shows the builds with lower ids. */
  readonly beforeId: number | undefined;
}

interface OverviewContent {
  readonly filter: BuildFilter;
  readonly note: Content;
}

export function overviewPage(view: MasterView, visit: PageVisit, { filter, note }: OverviewContent): Markup {
  // Reads what the page shows of them once.
  const builders = view.builders().map((builder) => ({ ...builder }));
  const waiting = builders.filter(({ waitingCount }) => waitingCount > 0).flatMap(({ name }) => view.requests(name));
  const found = view.builds(queryOf(filter));
  const main = markup`
<h1>Builders</h1>
${note}
<div id="trouble" data-live>${view.trouble !== undefined && markup`<p class="hint">No builds are starting: ${view.trouble}</p>`}${sourceTroubles(view)}</div>
<div id="workers-line" data-live>${workersLine(view)}</div>
<div id="builders" data-live><ul class="cards">${builders.map((builder) => card(builder, visit))}</ul></div>
<section aria-labelledby="queue-title"><h2 id="queue-title">Queue</h2><div id="queue" data-live>${
    waiting.length === 0
      ? markup`<p class="quiet-line">The queue is empty.</p>`
      : requestList(
          [...waiting].sort((a, b) => a.submittedAtMs - b.submittedAtMs),
          visit,
        )
  }</div></section>
<section aria-labelledby="recent-title"><h2 id="recent-title">${filter.beforeId === undefined ? "Recent builds" : "Older builds"}</h2>
${filterForm(builders, filter)}
<div id="recent" data-live>${recent(found, visit)}</div>
${pages(found, filter)}</section>`;
  return layout({ title: "Builders", look: lookOfAll(builders), eventsPath: eventsPath({}), main }, visit);
}

/** How many builders fail; undefined if no build has ended. */
function lookOfAll(builders: readonly BuilderView[]): Look | undefined {
  const ended = builders.flatMap(({ lastBuilds }) => lastBuilds.find(({ result }) => result !== undefined) ?? []);
  const failing = ended.filter(hasFailed).length;
  if (failing > 0) return { sign: "✗", word: `${failing} failing`, tone: "bad" };
  return ended.length === 0 ? undefined : { sign: "✓", word: "all well", tone: "good" };
}

function sourceTroubles(view: MasterView): Content {
  return view
    .changeSources()
    .map(
      ({ name, trouble }) =>
        trouble !== undefined && markup`<p class="hint">No changes come from ${name}: ${trouble}</p>`,
    );
}

function workersLine(view: MasterView): Markup {
  const workers = view.workers();
  const attached = workers.filter(isAttached).length;
  if (attached === 0) {
    return markup`<p class="hint">No worker is attached, so builds are waiting. <a href="${paths.workers}">How to attach a worker</a></p>`;
  }
  return markup`<p class="quiet-line">${attached} of ${counted(workers.length, "worker")} attached</p>`;
}

function card(builder: BuilderView, visit: PageVisit): Markup {
  const [newest] = builder.lastBuilds;
  const signs = builder.lastBuilds.slice(0, SIGNS_PER_BUILDER);
  return markup`<li class="card">
<h2><a href="${paths.builder(builder.name)}">${builder.name}</a></h2>
${builder.description !== undefined && markup`<p class="description">${builder.description}</p>`}
${newest === undefined ? markup`<p class="quiet-line">No builds yet</p>` : newestBuild(newest, visit)}
${signs.length > 1 && history(signs, builder.name)}
${builder.waitingCount > 0 && markup`<p class="quiet-line">${builder.waitingCount} waiting</p>`}
</li>`;
}

function newestBuild(build: BuildView, visit: PageVisit): Markup {
  return markup`<p class="newest">${buildBadge(build)} <a href="${paths.build(build.builder, build.number)}">#${build.number}</a>
<span class="when">${ago(build.endedAtMs ?? build.startedAtMs, visit.nowMs)}</span></p>${stateLine(build)}`;
}

function history(builds: readonly BuildView[], builder: string): Markup {
  const items = builds.map(
    (build) => markup`<li><a class="past" href="${paths.build(builder, build.number)}">${buildSign(build)}</a></li>`,
  );
  return markup`<ol class="history" aria-label="Last builds, newest first">${items}</ol>`;
}

// The list of recent builds.

const numbers = (...results: readonly Parameters<typeof numberOfResult>[0][]) => results.map(numberOfResult);

const resultFilters: Readonly<Record<string, BuildCondition>> = {
  failed: { column: "result", operator: "eq", values: numbers("FAILURE", "EXCEPTION") },
  succeeded: { column: "result", operator: "eq", values: numbers("SUCCESS", "WARNINGS") },
  running: { column: "isComplete", operator: "eq", values: [false] },
};

/** One more than are shown. */
function queryOf({ builder, result, branch, beforeId }: BuildFilter) {
  const ofBranch: BuildCondition = { column: "branch", operator: "eq", values: [branch] };
  const ofResult = Object.hasOwn(resultFilters, result) ? resultFilters[result] : undefined;
  return {
    limit: RECENT_BUILDS + 1,
    where: [...(ofResult === undefined ? [] : [ofResult]), ...(branch === "" ? [] : [ofBranch])],
    ...(builder !== "" && { builder }),
    ...(beforeId !== undefined && { beforeId }),
  };
}

function filterForm(builders: readonly BuilderView[], { builder, result, branch }: BuildFilter): Markup {
  const option = (value: string, text: string, chosen: string) =>
    markup`<option value="${value}"${value === chosen && markup` selected`}>${text}</option>`;
  const results = Object.keys(resultFilters).map((value) => option(value, value, result));
  return markup`<form class="filter" action="${paths.overview}" aria-label="Filter of recent builds">
<label>Builder <select name="builder">${option("", "all", builder)}${builders.map(({ name }) => option(name, name, builder))}</select></label>
<label>Result <select name="result">${option("", "all", result)}${results}</select></label>
<label>Branch <input name="branch" value="${branch}" size="12" placeholder="all" autocomplete="off"></label>
<button class="quiet">Show</button>
${[builder, result, branch].some((text) => text !== "") && markup`<a href="${paths.overview}">Show all</a>`}</form>`;
}

function recent(found: readonly BuildView[], { nowMs }: PageVisit): Markup {
  if (found.length === 0) return markup`<p class="quiet-line">No such builds.</p>`;
  return buildTable(found.slice(0, RECENT_BUILDS), { caption: "Recent builds", nowMs, withBuilder: true });
}

function pages(found: readonly BuildView[], filter: BuildFilter): Content {
  const last = found.length > RECENT_BUILDS ? found[RECENT_BUILDS - 1] : undefined;
  const path = (more: Readonly<Record<string, string>>) => {
    const { builder, result, branch } = filter;
    const query = new URLSearchParams();
    for (const [key, text] of Object.entries({ builder, result, branch, ...more })) {
      if (text !== "") query.set(key, text.toWellFormed());
    }
    return query.size === 0 ? paths.overview : `${paths.overview}?${query.toString()}`;
  };
  return buildPager(
    "Pages of recent builds",
    filter.beforeId === undefined ? undefined : path({}),
    last && path({ before: String(last.id) }),
  );
}
