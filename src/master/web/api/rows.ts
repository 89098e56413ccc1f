// The resources of the API in Buildbot's forms. Pure. Times are seconds since the epoch.
import type {
  BuilderView,
  BuildView,
  LogView,
  RequestView,
  SourceChange,
  StepView,
  WorkerView,
} from "../../master-view.ts";
import { numberOfResult, type Result } from "../../results.ts";
import { isAttached } from "../status-words.ts";
import { idOfName } from "./names.ts";

export type ApiRow = Readonly<Record<string, unknown>>;

const MASTER_ID = 1;
/** Buildbot's result of what has not ended. */
const NO_RESULT_YET = -1;

export function builderRow({ name, description }: BuilderView): ApiRow {
  return {
    builderid: idOfName(name),
    description: description ?? null,
    description_format: null,
    description_html: null,
    masterids: [MASTER_ID],
    name,
    projectid: null,
    tags: [],
  };
}

/** With the properties of these names; `*` is all of them. */
export function buildRow(build: BuildView, properties: readonly string[] = []): ApiRow {
  const { builder, id, number, worker, requestId, startedAtMs, endedAtMs, result, stateText } = build;
  const all = properties.length === 0 ? [] : Object.entries(propertiesRow(build));
  const shown = all.filter(([name]) => properties.includes("*") || properties.includes(name));
  return {
    builderid: idOfName(builder),
    buildid: id,
    buildrequestid: requestId ?? null,
    complete: endedAtMs !== undefined,
    complete_at: seconds(endedAtMs),
    locks_duration_s: 0,
    masterid: MASTER_ID,
    number,
    properties: Object.fromEntries(shown),
    results: resultNumber(result),
    started_at: seconds(startedAtMs),
    state_string: stateText,
    workerid: idOfName(worker),
  };
}

/** Each with its source, as far as that is known. */
export function propertiesRow({ builder, number, worker, properties = new Map() }: BuildView): ApiRow {
  const own = [
    ["builderid", [idOfName(builder), "Builder"]],
    ["buildername", [builder, "Builder"]],
    ["buildnumber", [number, "Build"]],
    ["workername", [worker, "Worker"]],
  ] as const;
  const given = [...properties].map(([name, value]) => [name, [value, name === "scheduler" ? "Scheduler" : "Build"]]);
  return Object.fromEntries([...own, ...given]) as ApiRow;
}

export function stepRow(buildId: number, step: StepView): ApiRow {
  return {
    buildid: buildId,
    complete: step.endedAtMs !== undefined,
    complete_at: seconds(step.endedAtMs),
    hidden: false,
    locks_acquired_at: seconds(step.startedAtMs),
    name: step.name,
    number: step.number - 1,
    results: resultNumber(step.result),
    started_at: seconds(step.startedAtMs),
    state_string: step.stateText,
    stepid: step.id,
    urls: [],
  };
}

export function logRow(stepId: number, { id, name, slug, lineCount, isComplete }: LogView): ApiRow {
  return { complete: isComplete, logid: id, name, num_lines: lineCount, slug, stepid: stepId, type: "s" };
}

export function workerRow(worker: WorkerView): ApiRow {
  const { name, state, builders, facts, version, line } = worker;
  const fact = (key: string) => facts.get(key) ?? null;
  return {
    configured_on: builders.map((builder) => ({ builderid: idOfName(builder), masterid: MASTER_ID })),
    connected_to: isAttached(worker) ? [{ masterid: MASTER_ID }] : [],
    graceful: state === "shutting down",
    name,
    pause_reason: null,
    paused: false,
    workerid: idOfName(name),
    workerinfo: {
      access_uri: fact("access_uri"),
      admin: fact("admin"),
      host: fact("host"),
      version: version ?? null,
      ...(line && { relay: { lost_at: seconds(line.lostAtMs), waiting_bytes: line.waitingBytes } }),
    },
  };
}

export function waitingRow({ id, builder, submittedAtMs }: RequestView): ApiRow {
  return { ...requestForm(id, builder), submitted_at: seconds(submittedAtMs) };
}

/** The request of a build; that is deleted when the build ends, so when it was made is not known. */
export function claimedRow({ requestId, builder, startedAtMs, endedAtMs, result }: BuildView): ApiRow {
  return {
    ...requestForm(requestId ?? 0, builder),
    claimed: true,
    claimed_at: seconds(startedAtMs),
    claimed_by_masterid: MASTER_ID,
    complete: endedAtMs !== undefined,
    complete_at: seconds(endedAtMs),
    results: resultNumber(result) ?? NO_RESULT_YET,
    submitted_at: seconds(startedAtMs),
  };
}

function requestForm(id: number, builder: string) {
  return {
    builderid: idOfName(builder),
    buildrequestid: id,
    buildsetid: id,
    claimed: false,
    claimed_at: null,
    claimed_by_masterid: null,
    complete: false,
    complete_at: null,
    priority: 0,
    properties: null,
    results: NO_RESULT_YET,
    waited_for: false,
  };
}

export function changeRow({ repository, branch, revision, author, message, link }: SourceChange): ApiRow {
  return {
    author,
    branch,
    category: null,
    changeid: idOfName(`${repository} ${branch} ${revision}`),
    codebase: "",
    comments: message,
    files: [],
    project: "",
    properties: {},
    repository,
    revision,
    revlink: link,
  };
}

export const masterRow: ApiRow = { active: true, masterid: MASTER_ID, name: "buildhand" };

function seconds(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.floor(ms / 1000);
}

function resultNumber(result: Result | undefined): number | null {
  return result === undefined ? null : numberOfResult(result);
}
