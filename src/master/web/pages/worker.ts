// The page of a worker: its state, the facts it reported, and its builds.
import { durationText } from "../../../base/duration.ts";
import type { BuildView, MasterView, WorkerLineView, WorkerView } from "../../master-view.ts";
import { buildTable } from "../build-table.ts";
import { eventsPath } from "../events-path.ts";
import { layout, tokenField } from "../layout.ts";
import { type Content, type Markup, markup } from "../markup.ts";
import { paths } from "../paths.ts";
import { accessLink } from "../safe-link.ts";
import type { PageVisit } from "../site.ts";
import { lostLine, workerBadge } from "../status-words.ts";
import { ago, counted, timeAndAgo } from "../times.ts";
import { beginning } from "../visible-text.ts";
import { pair } from "./build.ts";
import { howToAttach } from "./workers.ts";

const BUILDS_SHOWN = 10;
/** Limits, since facts come from the worker. */
const FACTS_SHOWN = 100;
const LONGEST_FACT_SHOWN = 1000;
/** Facts written by an admin, shown before the others. */
const FOR_PEOPLE: readonly (readonly [fact: string, name: string])[] = [
  ["admin", "Admin"],
  ["host", "Host"],
  ["access_uri", "Access"],
];

export function workerPage(view: MasterView, visit: PageVisit, content: { worker: WorkerView; note: Content }): Markup {
  const { worker, note } = content;
  const builds = view.builds({ worker: worker.name, limit: BUILDS_SHOWN });
  const main = markup`
<h1>${worker.name}</h1>
${note}
<div id="state" data-live>${state(worker, visit)}</div>
<div id="actions" data-live>${actions(worker, visit)}</div>
<div id="facts" data-live>${about(worker)}</div>
<section aria-labelledby="builds-title"><h2 id="builds-title">Last builds</h2><div id="builds" data-live>${lastBuilds(builds, visit)}</div></section>`;
  const crumbs = [{ text: "Workers", path: paths.workers }];
  return layout({ title: worker.name, crumbs, eventsPath: eventsPath({ worker: worker.name }), main }, visit);
}

function state(worker: WorkerView, visit: PageVisit): Markup {
  const { attachedAtMs, lastSeenAtMs, running, builders } = worker;
  const build = (running: BuildView) =>
    markup`<li><a href="${paths.build(running.builder, running.number)}">${running.builder} #${running.number}</a> <span class="hint-word">${running.stateText}</span></li>`;
  const builder = (name: string) => markup`<li><a href="${paths.builder(name)}">${name}</a></li>`;
  return markup`<p class="outcome">${workerBadge(worker)}${lostLine(worker, visit.nowMs)}</p>
<dl class="facts">
${pair("Running", running.length === 0 ? "nothing" : markup`<ul class="words">${running.map(build)}</ul>`)}
${attachedAtMs !== undefined && pair("Attached", timeAndAgo(attachedAtMs, visit.nowMs))}
${pair("Last seen", lastSeenAtMs === undefined ? "never" : timeAndAgo(lastSeenAtMs, visit.nowMs))}
${worker.protocol !== undefined && pair("Protocol", worker.protocol === "pb" ? "Perspective Broker" : "MessagePack")}
${worker.peer !== undefined && pair("Address", worker.peer)}${worker.line !== undefined && pair("Line", lineState(worker.line, visit.nowMs))}
${worker.version !== undefined && pair("Version", worker.version)}
${pair("Builders", builders.length === 0 ? "none" : markup`<ul class="words">${builders.map(builder)}</ul>`)}
</dl>
${worker.state === "never seen" && howToAttach}`;
}

function lineState({ lostAtMs, waitingBytes, resumed }: WorkerLineView, nowMs: number): Content {
  if (lostAtMs !== undefined) {
    const bytes = counted(waitingBytes, "byte");
    return ["lost ", ago(lostAtMs, nowMs), `; commands go on, ${bytes} for it waiting at the relay`];
  }
  if (resumed === undefined) return "through a relay";
  return ["through a relay, resumed after ", durationText(resumed.afterMs), " (", ago(resumed.atMs, nowMs), ")"];
}

function actions(worker: WorkerView, visit: PageVisit): Content {
  if (worker.state === "shutting down") return markup`<p class="quiet-line">It shuts down after its builds.</p>`;
  if (!visit.isAdmin || worker.state !== "attached") return false;
  return markup`<form method="post" action="${paths.worker(worker.name)}/shutdown">${tokenField(visit)}<button class="danger">Shut down gracefully</button>
<span class="hint-word">It gets no more builds, and shuts down when the running ones have ended.</span></form>`;
}

function about({ facts }: WorkerView): Content {
  if (facts.size === 0) return false;
  const forPeople = FOR_PEOPLE.flatMap(([fact, name]) => {
    const text = facts.get(fact)?.trim() ?? "";
    return text === "" ? [] : [pair(name, fact === "access_uri" ? access(text) : long(text))];
  });
  const system = facts.get("os_pretty_name") ?? facts.get("os_name");
  if (system !== undefined) forPeople.push(pair("System", long(system)));
  const others = [...facts].filter(
    ([fact]) => !fact.startsWith("os_") && !FOR_PEOPLE.some(([known]) => known === fact),
  );
  const shown = others.sort(([a], [b]) => (a < b ? -1 : 1)).slice(0, FACTS_SHOWN);
  return markup`<section aria-labelledby="about-title"><h2 id="about-title">About this worker</h2>
<dl class="facts">${forPeople}${shown.map(([fact, text]) => pair(breakable(clipped(fact)), long(text)))}</dl></section>`;
}

function access(text: string): Content {
  const href = accessLink(text);
  return href === undefined
    ? long(text)
    : markup`<a href="${href}" rel="noopener noreferrer nofollow">${clipped(text)}</a>`;
}

function long(text: string): Markup {
  return markup`<span class="fact">${clipped(text)}</span>`;
}

/** Allows line breaks after underscores in long names. */
function breakable(name: string): Content {
  return name.split(/(?<=_)/).flatMap((part) => [part, markup`<wbr>`]);
}

function clipped(text: string): string {
  return beginning(text, LONGEST_FACT_SHOWN);
}

function lastBuilds(builds: readonly BuildView[], visit: PageVisit): Markup {
  if (builds.length === 0) return markup`<p class="quiet-line">No builds yet.</p>`;
  return buildTable(builds, { caption: "Last builds on this worker", nowMs: visit.nowMs, withBuilder: true });
}
