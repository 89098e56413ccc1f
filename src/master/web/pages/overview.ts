// The start page: all builders with their last builds, and the queue.
import type { BuilderView, BuildView, MasterView, RequestView } from "../../master-view.ts";
import { eventsPath } from "../events-path.ts";
import { layout } from "../layout.ts";
import { type Content, type Markup, markup } from "../markup.ts";
import { paths } from "../paths.ts";
import { requestList } from "../request-list.ts";
import type { PageVisit } from "../site.ts";
import { buildBadge, buildSign, stateLine } from "../status-words.ts";
import { ago, counted } from "../times.ts";

const SIGNS_PER_BUILDER = 8;

export function overviewPage(view: MasterView, visit: PageVisit, note: Content): Markup {
  const builders = view.builders();
  const waiting = builders.filter(({ waitingCount }) => waitingCount > 0).flatMap(({ name }) => view.requests(name));
  const main = markup`
<h1>Builders</h1>
${note}
<div id="trouble" data-live>${view.trouble !== undefined && markup`<p class="hint">No builds are starting: ${view.trouble}</p>`}</div>
<div id="workers-line" data-live>${workersLine(view)}</div>
<div id="builders" data-live>${builders.length === 0 ? nothingSetUp : builderCards(builders, visit)}</div>
<section aria-labelledby="queue-title"><h2 id="queue-title">Queue</h2><div id="queue" data-live>${queue(waiting, visit)}</div></section>`;
  return layout({ title: "Builders", eventsPath: eventsPath({}), main }, visit);
}

const nothingSetUp = markup`<div class="empty"><p>No builders are configured.</p>
<p>Add one under <code>builders:</code> in <code>master.yaml</code>, with its steps and workers, and restart the master.</p></div>`;

function workersLine(view: MasterView): Markup {
  const workers = view.workers();
  const attached = workers.filter(({ state }) => state === "attached" || state === "shutting down").length;
  if (workers.length === 0) {
    return markup`<p class="hint">No workers are configured, so nothing can be built. Add one under <code>workers:</code> in <code>master.yaml</code>.</p>`;
  }
  if (attached === 0) {
    return markup`<p class="hint">No worker is attached, so builds are waiting. <a href="${paths.workers}">How to attach a worker</a></p>`;
  }
  return markup`<p class="quiet-line">${attached} of ${counted(workers.length, "worker")} attached</p>`;
}

function builderCards(builders: readonly BuilderView[], visit: PageVisit): Markup {
  return markup`<ul class="cards">${builders.map((builder) => card(builder, visit))}</ul>`;
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

function queue(waiting: readonly RequestView[], visit: PageVisit): Markup {
  if (waiting.length === 0) return markup`<p class="quiet-line">The queue is empty.</p>`;
  return requestList(
    [...waiting].sort((a, b) => a.submittedAtMs - b.submittedAtMs),
    visit,
  );
}
