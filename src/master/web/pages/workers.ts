// The page of all workers.
import type { MasterView, WorkerView } from "../../master-view.ts";
import { cell } from "../build-table.ts";
import { eventsPath } from "../events-path.ts";
import { layout } from "../layout.ts";
import { type Content, type Markup, markup } from "../markup.ts";
import { paths } from "../paths.ts";
import type { PageVisit } from "../site.ts";
import { isAttached, lostLine, workerBadge } from "../status-words.ts";
import { ago } from "../times.ts";
import { beginning } from "../visible-text.ts";

export function workersPage(view: MasterView, visit: PageVisit): Markup {
  const workers = view.workers();
  const main = markup`
<h1>Workers</h1>
<div id="workers" data-live>${view.relayTroubles.map((trouble) => markup`<p class="hint">Lost lines are not shown: ${trouble}</p>`)}${table(workers, visit)}</div>
<div id="attach" data-live>${!workers.some(isAttached) && howToAttach}</div>`;
  return layout({ title: "Workers", eventsPath: eventsPath({}), main }, visit);
}

/** Instructions for a worker that has never attached. */
export const howToAttach = markup`<div class="empty"><p>To attach a worker, run these commands on its machine, with the master's address and the worker's name and password from <code>master.yaml</code>:</p>
<p><code>buildhand create-worker DIR HOST:PORT NAME PASSWORD</code><br><code>buildhand start DIR</code></p>
<p>Buildbot's own worker (<code>buildbot-worker</code>) can attach, too.</p></div>`;

function table(workers: readonly WorkerView[], visit: PageVisit): Markup {
  const heads = ["Worker", "State", "Running", "Host", "Last seen"];
  const row = (worker: WorkerView) => markup`<tr role="row">
<th role="rowheader" scope="row"><a href="${paths.worker(worker.name)}">${worker.name}</a></th>
${cell("State", [workerBadge(worker), lostLine(worker, visit.nowMs)])}
${cell("Running", runningBuilds(worker))}
${cell("Host", hostOf(worker))}
${cell("Last seen", worker.lastSeenAtMs === undefined ? "never" : ago(worker.lastSeenAtMs, visit.nowMs))}
</tr>`;
  return markup`<table role="table">
<caption class="unseen">Workers</caption>
<thead role="rowgroup"><tr role="row">${heads.map((head) => markup`<th role="columnheader" scope="col">${head}</th>`)}</tr></thead>
<tbody role="rowgroup">${workers.map(row)}</tbody>
</table>`;
}

function runningBuilds({ running }: WorkerView): Content {
  if (running.length === 0) return "nothing";
  return markup`<ul class="words">${running.map(
    ({ builder, number }) => markup`<li><a href="${paths.build(builder, number)}">${builder} #${number}</a></li>`,
  )}</ul>`;
}

const LONGEST_HOST_SHOWN = 120;

function hostOf({ facts }: WorkerView): string {
  return beginning(facts.get("host")?.trim().split("\n", 1)[0] ?? "", LONGEST_HOST_SHOWN) || "unknown";
}
