// How results and states are shown: a word, a sign, and a colour that only repeats the word.
import type { BuildView, StepView, WorkerView } from "../master-view.ts";
import type { Result } from "../results.ts";
import { type Content, type Markup, markup } from "./markup.ts";
import type { Tone } from "./static-files.ts";
import { ago } from "./times.ts";

/** How a result or a state looks. */
export interface Look {
  readonly word: string;
  readonly sign: string;
  /** A CSS class. */
  readonly tone: Tone;
}

const resultLooks: Readonly<Record<Result, Look>> = {
  SUCCESS: { word: "success", sign: "✓", tone: "good" },
  WARNINGS: { word: "warnings", sign: "!", tone: "warn" },
  FAILURE: { word: "failure", sign: "✗", tone: "bad" },
  SKIPPED: { word: "skipped", sign: "–", tone: "calm" },
  EXCEPTION: { word: "exception", sign: "‼", tone: "odd" },
  RETRY: { word: "retry", sign: "↻", tone: "odd" },
  CANCELLED: { word: "cancelled", sign: "■", tone: "calm" },
};
const SHOWN_BY_BADGES: ReadonlySet<string> = new Set(["succeeded", "running", "waiting"]);

const running: Look = { word: "running", sign: "▶", tone: "busy" };
const stopping: Look = { word: "stopping", sign: "■", tone: "busy" };
const waiting: Look = { word: "not started", sign: "·", tone: "calm" };

const workerLooks: Readonly<Record<WorkerView["state"], Look>> = {
  attached: { word: "attached", sign: "●", tone: "good" },
  "shutting down": { word: "shutting down", sign: "◐", tone: "warn" },
  away: { word: "away", sign: "○", tone: "bad" },
  "never seen": { word: "never seen", sign: "○", tone: "calm" },
};

const lineLost: Look = { word: "line lost", sign: "!", tone: "warn" };

export function buildWord(build: BuildView): string {
  return lookOfBuild(build).word;
}

export function buildBadge(build: BuildView): Markup {
  return badge(lookOfBuild(build));
}

export function stepBadge(step: StepView): Markup {
  return badge(lookOfStep(step));
}

export function isAttached({ state }: WorkerView): boolean {
  return state === "attached" || state === "shutting down";
}

export function workerBadge(worker: WorkerView): Markup {
  return badge(workerLooks[worker.state]);
}

/** Beside the badge of its worker, or its name: that its line is lost, if it is. */
export function lostLine({ line }: WorkerView, nowMs: number): Content {
  return line?.lostAtMs !== undefined && [" ", badge(lineLost), " ", ago(line.lostAtMs, nowMs)];
}

/** A build as a single sign, with its word for screen readers. */
export function buildSign(build: BuildView): Markup {
  const { sign, word, tone } = lookOfBuild(build);
  return markup`<span class="sign ${tone}" aria-hidden="true">${sign}</span><span class="unseen">Build ${build.number}: ${word}</span>`;
}

const FAILED: ReadonlySet<Result> = new Set(["FAILURE", "EXCEPTION"]);

/** Whether a build or a step has failed, whatever the build's other steps did. */
export function hasFailed({ result }: BuildView | StepView): boolean {
  return result !== undefined && FAILED.has(result);
}

/** The text beside the badge of a build or a step; empty if the badge says it already. */
export function stateBeside({ stateText }: BuildView | StepView): string {
  return SHOWN_BY_BADGES.has(stateText) ? "" : stateText;
}

/** The same as a separate line, if it is not empty. */
export function stateLine(what: BuildView | StepView): Content {
  const text = stateBeside(what);
  return text !== "" && markup`<p class="state">${text}</p>`;
}

export function lookOfBuild(build: BuildView): Look {
  if (build.result !== undefined) return resultLooks[build.result];
  return build.isStopping ? stopping : running;
}

export function lookOfStep(step: StepView): Look {
  if (step.result !== undefined) return resultLooks[step.result];
  return step.startedAtMs === undefined ? waiting : running;
}

function badge({ sign, word, tone }: Look): Markup {
  return markup`<span class="badge ${tone}"><span aria-hidden="true">${sign}</span> ${word}</span>`;
}
