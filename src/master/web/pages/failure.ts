// The step that a reader of a build looks for: the first that failed, or the one that runs; with the end of its log.
import type { BuildDetail, FoundLog, LogView, MasterView, StepView } from "../../master-view.ts";
import { lineMarkup, logTail } from "../log/index.ts";
import { type Content, markup } from "../markup.ts";
import { paths } from "../paths.ts";
import { hasFailed, stateLine, stepBadge } from "../status-words.ts";
import { counted } from "../times.ts";

const LINES_OF_FAILED = 30;
const LINES_OF_RUNNING = 12;

export function failedStep({ steps }: BuildDetail): StepView | undefined {
  return steps.find(hasFailed);
}

function runningStep({ steps }: BuildDetail): StepView | undefined {
  return steps.find(({ startedAtMs, result }) => startedAtMs !== undefined && result === undefined);
}

/** Empty if no step failed and none runs. */
export function stepInFocus(view: MasterView, build: BuildDetail): Content {
  const failed = failedStep(build);
  const step = failed ?? runningStep(build);
  if (step === undefined) return false;
  const title = failed === undefined ? "Running step" : "Failed step";
  const log = logToShow(step);
  return markup`<section class="focus" aria-labelledby="focus-title">
<div class="step-head"><h2 id="focus-title">${title}: ${step.name}</h2>${stepBadge(step)}</div>
${stateLine(step)}
${log === undefined ? markup`<p class="quiet-line">It has no output.</p>` : tail(view, { build, step, log })}</section>`;
}

/** Its output, or else another log that has lines, such as that of an exception. */
function logToShow({ logs }: StepView): LogView | undefined {
  const written = logs.filter(({ lineCount }) => lineCount > 0);
  return written.find(({ name }) => name === "stdio") ?? written[0];
}

function tail(view: MasterView, { build, step, log }: FoundLog): Content {
  const path = paths.log({ build, step, log });
  const count = step.result === undefined ? LINES_OF_RUNNING : LINES_OF_FAILED;
  const lines = logTail(view, { log, path, count, render: lineMarkup });
  return markup`<div class="log">${lines}</div>
<p class="tools"><a href="${path}">Whole log ${log.name}</a><a href="${path}/next-error?after=0">First error</a><span class="when">last ${counted(lines.length, "line")} of ${log.lineCount.toLocaleString("en")}</span></p>`;
}
