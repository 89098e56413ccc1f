// The page of a build: its result, its steps with their logs, and its actions.
import type { ArtifactView, BuildDetail, LogView, MasterView, StepView, WorkerView } from "../../master-view.ts";
import { authorOf, messageOf, parametersOf, sourceWords } from "../change-words.ts";
import { eventsPath } from "../events-path.ts";
import { layout, tokenField } from "../layout.ts";
import { type Content, type Markup, markup } from "../markup.ts";
import { paths } from "../paths.ts";
import type { PageVisit } from "../site.ts";
import { buildBadge, buildWord, lookOfBuild, lostLine, stateBeside, stateLine, stepBadge } from "../status-words.ts";
import { counted, sizeText, timeAndAgo, took } from "../times.ts";
import { artifactList } from "./artifacts.ts";
import { overviewCrumb } from "./builder.ts";
import { stepInFocus } from "./failure.ts";

/** The newest rebuilds of a build. */
const REBUILDS_SHOWN = 20;

interface BuildContent {
  readonly build: BuildDetail;
  readonly artifacts: readonly ArtifactView[];
  readonly note: Content;
}

export function buildPage(view: MasterView, visit: PageVisit, { build, artifacts, note }: BuildContent): Markup {
  const { builder, number } = build;
  const main = markup`
<h1>Build #${number} of ${builder}</h1>
${note}
<p class="unseen" id="result" role="status" data-live>Build ${number}: ${buildWord(build)}</p>
<div id="summary" data-live>${summary(build)}</div>
<div id="actions" data-live>${visit.isAdmin && actions(build, visit)}</div>
<div id="focus" data-live>${stepInFocus(view, build)}</div>
<div id="about" data-live>${about(build, visit, view.worker(build.worker))}</div>
<section aria-labelledby="steps-title"><h2 id="steps-title">Steps</h2><div id="steps" data-live><ol class="steps">${build.steps.map((step) => stepItem(build, step, visit))}</ol></div></section>
<div id="artifacts" data-live>${artifactList(build, artifacts)}</div>`;
  return layout(
    {
      title: `Build #${number} of ${builder}`,
      look: lookOfBuild(build),
      crumb: `#${number}`,
      crumbs: [overviewCrumb, { text: builder, path: paths.builder(builder) }],
      eventsPath: eventsPath({ builder, number }),
      main,
    },
    visit,
  );
}

/** How it ended, and what was built. */
function summary(build: BuildDetail): Markup {
  const [source, author, message] = [sourceWords(build), authorOf(build), messageOf(build)];
  return markup`<p class="outcome">${buildBadge(build)} ${stateBeside(build)}</p>
${source !== false && markup`<p>${source}${author !== "" && markup` by ${author}`}${message !== "" && markup`: ${message}`}</p>`}`;
}

function about(build: BuildDetail, visit: PageVisit, worker: WorkerView | undefined): Markup {
  const { builder, rebuildOf, rebuilds, endedAtMs } = build;
  const link = (number: number) => markup`<a href="${paths.build(builder, number)}">#${number}</a>`;
  const again = rebuilds.slice(-REBUILDS_SHOWN).map((number) => markup`<li>${link(number)}</li>`);
  const lost = worker !== undefined && endedAtMs === undefined && lostLine(worker, visit.nowMs);
  const parameters = parametersOf(build).map(([name, value]) => markup`<li>${name}: ${value}</li>`);
  return markup`<dl class="facts about">
${pair("Reason", build.reason)}
${parameters.length > 0 && pair("Parameters", markup`<ul class="words">${parameters}</ul>`)}
${pair("Worker", markup`<a href="${paths.worker(build.worker)}">${build.worker}</a>${lost}`)}
${pair("Started", timeAndAgo(build.startedAtMs, visit.nowMs))}
${endedAtMs === undefined ? pair("Running for", took(build.startedAtMs, visit.nowMs)) : pair("Duration", took(build.startedAtMs, endedAtMs))}
${rebuildOf !== undefined && pair("Rebuild of", link(rebuildOf))}
${again.length > 0 && pair("Rebuilt as", markup`<ul class="words">${again}</ul>`)}
</dl>`;
}

/** A name and its value in a list of facts. */
export function pair(name: Content, content: Content): Markup {
  return markup`<div><dt>${name}</dt><dd>${content}</dd></div>`;
}

function actions(build: BuildDetail, visit: PageVisit): Markup {
  const path = paths.build(build.builder, build.number);
  if (build.result !== undefined) {
    return markup`<form method="post" action="${path}/rebuild">${tokenField(visit)}<button>Rebuild</button></form>`;
  }
  if (build.isStopping) return markup`<p class="quiet-line">Stopping …</p>`;
  return markup`<form method="post" action="${path}/stop">${tokenField(visit)}<button class="danger">Stop this build</button></form>`;
}

function stepItem(build: BuildDetail, step: StepView, visit: PageVisit): Markup {
  const { startedAtMs, endedAtMs, logs } = step;
  const duration = startedAtMs !== undefined && took(startedAtMs, endedAtMs ?? visit.nowMs);
  const log = (log: LogView) => {
    const path = paths.log({ build, step, log });
    return markup`<li><a href="${path}" aria-label="Log ${log.name} of step ${step.name}">${log.name}</a> <span class="when">${logSize(log)}</span></li>`;
  };
  return markup`<li class="step" id="step-${step.number}">
<div class="step-head"><h3>${step.name}</h3>${stepBadge(step)}<span class="when">${duration}</span></div>
${stateLine(step)}
${logs.length > 0 && markup`<ul class="logs">${logs.map(log)}</ul>`}
</li>`;
}

/** The size of a log, and whether it is still growing. */
export function logSize(log: LogView): string {
  const size = `${counted(log.lineCount, "line")}, ${sizeText(log.bytes)}`;
  return log.isComplete ? size : `${size} so far`;
}
