// The page of a builder: its waiting requests, its builds in pages, and a form to start one.
import type { ParameterConfig } from "../../master-config.ts";
import type { BuilderView, BuildView, MasterView } from "../../master-view.ts";
import { buildPager, buildTable } from "../build-table.ts";
import { eventsPath } from "../events-path.ts";
import { layout, loginPath, tokenField } from "../layout.ts";
import { type Content, type Markup, markup } from "../markup.ts";
import { paths } from "../paths.ts";
import { requestList } from "../request-list.ts";
import type { PageVisit } from "../site.ts";
import { type Look, lookOfBuild } from "../status-words.ts";

const BUILDS_PER_PAGE = 25;
export const LONGEST_REASON = 300;

interface BuilderContent {
  readonly builder: BuilderView;
  /** Shows the builds with lower ids. */
  readonly beforeId: number | undefined;
  readonly note: Content;
}

export function builderPage(view: MasterView, visit: PageVisit, { builder, beforeId, note }: BuilderContent): Markup {
  const { name } = builder;
  const query = { builder: name, limit: BUILDS_PER_PAGE + 1, ...(beforeId !== undefined && { beforeId }) };
  const found = view.builds(query);
  const waiting = view.requests(name);
  const main = markup`
<h1>${name}</h1>
${builder.description !== undefined && markup`<p class="description">${builder.description}</p>`}
${note}
<div id="waiting" data-live>${waiting.length > 0 && markup`<h2>Waiting</h2>${requestList(waiting, visit, false)}`}</div>
<section aria-labelledby="start-title"><h2 id="start-title">Start a build</h2>${forceForm(builder, visit)}</section>
<section aria-labelledby="builds-title"><h2 id="builds-title">${beforeId === undefined ? "Builds" : "Older builds"}</h2>
<div id="builds" data-live>${builds(found, builder, visit.nowMs)}</div>
${pages(found, builder, beforeId)}</section>
<section aria-labelledby="workers-title"><h2 id="workers-title">Workers</h2>${workers(builder)}</section>`;
  return layout(
    {
      title: name,
      look: lastLook(found, beforeId),
      crumbs: [overviewCrumb],
      eventsPath: eventsPath({ builder: name }),
      main,
    },
    visit,
  );
}

/** Of the newest build that has ended. */
function lastLook(found: readonly BuildView[], beforeId: number | undefined): Look | undefined {
  const last = found.find(({ result }) => result !== undefined);
  return last === undefined || beforeId !== undefined ? undefined : lookOfBuild(last);
}

export const overviewCrumb = { text: "Builders", path: paths.overview };

function builds(found: readonly BuildView[], { name }: BuilderView, nowMs: number): Markup {
  if (found.length > 0) {
    return buildTable(found.slice(0, BUILDS_PER_PAGE), { caption: `Builds of ${name}`, nowMs });
  }
  return markup`<div class="empty"><p>No builds yet. <a href="#start-title">Start the first one</a></p></div>`;
}

function howToStart({ force }: BuilderView, visit: PageVisit): Content {
  if (force === undefined) {
    return markup`To start builds here, add a <code>force</code> scheduler with this builder to <code>master.yaml</code>. A <code>periodic</code> scheduler starts builds at regular intervals.`;
  }
  return visit.canLogIn ? markup`<a href="${loginPath(visit)}">Log in</a> to start a build.` : noPassword;
}

const noPassword = markup`To start builds here, set <code>adminPassword</code> in <code>master.yaml</code>.`;

function pages(found: readonly BuildView[], { name }: BuilderView, beforeId: number | undefined): Content {
  const last = found.length > BUILDS_PER_PAGE ? found[BUILDS_PER_PAGE - 1] : undefined;
  const path = paths.builder(name);
  return buildPager("Pages of builds", beforeId === undefined ? undefined : path, last && `${path}?before=${last.id}`);
}

function forceForm(builder: BuilderView, visit: PageVisit): Markup {
  const { force } = builder;
  if (force === undefined || !visit.isAdmin) return markup`<p class="quiet-line">${howToStart(builder, visit)}</p>`;
  return markup`<form class="force" method="post" action="${paths.builder(builder.name)}/force">${tokenField(visit)}
${field("reason", markup`Reason <span class="hint-word">(optional)</span>`, markup`<input id="reason" name="reason" maxlength="${LONGEST_REASON}" autocomplete="off">`)}
${field("branch", markup`Branch <span class="hint-word">(optional)</span>`, textInput("branch", force.branch ?? "", false))}
${field("revision", markup`Revision <span class="hint-word">(optional)</span>`, textInput("revision", "", false))}
${force.parameters.map((parameter) => field(`p-${parameter.name}`, parameter.label, control(parameter)))}
<button>Start a build</button></form>`;
}

function field(id: string, label: Content, control: Markup): Markup {
  return markup`<div class="field"><label for="${id}">${label}</label>${control}</div>`;
}

function textInput(name: string, value: string, isRequired: boolean): Markup {
  return markup`<input id="${name}" name="${name}" value="${value}" autocomplete="off"${isRequired && markup` required`}>`;
}

/** The fields of parameters have a prefix, so that none is taken for another field of the form. */
function control({ name, kind, choices, default: standard, required }: ParameterConfig): Markup {
  const key = `p-${name}`;
  if (kind === "text") return textInput(key, standard, required);
  const values = kind === "boolean" ? ["false", "true"] : choices;
  const option = (value: string) =>
    markup`<option value="${value}"${value === standard && markup` selected`}>${kind === "boolean" ? yesOrNo[value] : value}</option>`;
  return markup`<select id="${key}" name="${key}">${values.map(option)}</select>`;
}

const yesOrNo: Readonly<Record<string, string>> = { true: "yes", false: "no" };

function workers({ workers }: BuilderView): Markup {
  return markup`<ul class="words">${workers.map((name) => markup`<li><a href="${paths.worker(name)}">${name}</a></li>`)}</ul>`;
}
