// What an address of the API means: a list of rows, one row, builds, or the content of a log.
import type { BuildDetail, BuilderView, FoundLog, MasterView, StepView } from "../../master-view.ts";
import { numberInPath } from "../events-path.ts";
import { named } from "./names.ts";
import {
  type ApiRow,
  builderRow,
  changeRow,
  claimedRow,
  logRow,
  masterRow,
  propertiesRow,
  stepRow,
  waitingRow,
  workerRow,
} from "./rows.ts";

export type ApiPlace =
  | { readonly kind: "list"; readonly key: string; readonly rows: readonly ApiRow[] }
  | { readonly kind: "one"; readonly key: string; readonly row: ApiRow }
  | { readonly kind: "build"; readonly build: BuildDetail }
  /** Read from the database as the query says. */
  | { readonly kind: "builds"; readonly builder: string | undefined }
  | (FoundLog & { readonly kind: "contents" | "raw" | "raw_inline" });

/** Builds that are searched for changes. */
const BUILDS_WITH_CHANGES = 500;

/** Undefined if there is no such thing. */
export function apiPlaceOf(view: MasterView, path: readonly string[]): ApiPlace | undefined {
  const [kind, id, ...rest] = path;
  const number = numberInPath(id);
  switch (kind) {
    case "builders": {
      if (id === undefined) return list("builders", view.builders().map(builderRow));
      const builder = named(view.builders(), id);
      return builder && ofBuilder(view, builder, rest);
    }
    case "builds": {
      if (id === undefined) return { kind: "builds", builder: undefined };
      const build = number === undefined ? undefined : view.buildWithId(number);
      return build && ofBuild(build, rest);
    }
    case "steps": {
      const buildId = number === undefined ? undefined : view.buildIdOfStep(number);
      const build = buildId === undefined ? undefined : view.buildWithId(buildId);
      const step = build?.steps.find((one) => one.id === number);
      return build && step && ofStep(build, step, rest);
    }
    case "logs": {
      const place = number === undefined ? undefined : logWithId(view, number);
      return place && ofLog(place, rest);
    }
    case "workers": {
      if (id === undefined) return list("workers", view.workers().map(workerRow));
      const worker = rest.length === 0 ? named(view.workers(), id) : undefined;
      return worker && { kind: "one", key: "workers", row: workerRow(worker) };
    }
    case "buildrequests":
      return id === undefined ? list("buildrequests", requestRows(view, view.builders())) : ofRequest(view, number);
    case "changes":
      return id === undefined ? list("changes", recentChanges(view)) : undefined;
    case "masters":
      return id === undefined ? list("masters", [masterRow]) : undefined;
    default:
      return undefined;
  }
}

function list(key: string, rows: readonly ApiRow[]): ApiPlace {
  return { kind: "list", key, rows };
}

function ofBuilder(view: MasterView, builder: BuilderView, [what, id, ...rest]: readonly string[]) {
  if (what === undefined) return { kind: "one", key: "builders", row: builderRow(builder) } as const;
  if (what === "buildrequests" && id === undefined) return list("buildrequests", requestRows(view, [builder]));
  if (what === "workers" && id === undefined) {
    return list(
      "workers",
      view
        .workers()
        .filter(({ name }) => builder.workers.includes(name))
        .map(workerRow),
    );
  }
  if (what !== "builds") return undefined;
  if (id === undefined) return { kind: "builds", builder: builder.name } as const;
  const number = numberInPath(id);
  const build = number === undefined ? undefined : view.build(builder.name, number);
  return build && ofBuild(build, rest);
}

function ofBuild(build: BuildDetail, [what, id, ...rest]: readonly string[]): ApiPlace | undefined {
  if (what === undefined) return { kind: "build", build };
  if (what === "properties" && id === undefined) return { kind: "one", key: "properties", row: propertiesRow(build) };
  if (what === "changes" && id === undefined) {
    return list("changes", build.change === undefined ? [] : [changeRow(build.change)]);
  }
  if (what !== "steps") return undefined;
  if (id === undefined) {
    return list(
      "steps",
      build.steps.map((step) => stepRow(build.id, step)),
    );
  }
  const step = build.steps.find((one) => String(one.number - 1) === id || one.name === id);
  return step && ofStep(build, step, rest);
}

function ofStep(build: BuildDetail, step: StepView, [what, slug, ...rest]: readonly string[]): ApiPlace | undefined {
  if (what === undefined) return { kind: "one", key: "steps", row: stepRow(build.id, step) };
  if (what !== "logs") return undefined;
  if (slug === undefined) {
    return list(
      "logs",
      step.logs.map((log) => logRow(step.id, log)),
    );
  }
  const log = step.logs.find((one) => one.slug === slug);
  return log && ofLog({ build, step, log }, rest);
}

function ofLog(place: FoundLog, [what, ...rest]: readonly string[]): ApiPlace | undefined {
  if (what === undefined) return { kind: "one", key: "logs", row: logRow(place.step.id, place.log) };
  const kind = (["contents", "raw", "raw_inline"] as const).find((one) => one === what);
  return kind === undefined || rest.length > 0 ? undefined : { ...place, kind };
}

function logWithId(view: MasterView, logId: number): FoundLog | undefined {
  const stepId = view.stepIdOfLog(logId);
  const buildId = stepId === undefined ? undefined : view.buildIdOfStep(stepId);
  const build = buildId === undefined ? undefined : view.buildWithId(buildId);
  const step = build?.steps.find(({ id }) => id === stepId);
  const log = step?.logs.find(({ id }) => id === logId);
  return build && step && log && { build, step, log };
}

/** Those that wait, and those whose builds run. */
function requestRows(view: MasterView, builders: readonly BuilderView[]): readonly ApiRow[] {
  const rows = builders.flatMap(({ name, running }) => [
    ...view.requests(name).map(waitingRow),
    ...running.map(claimedRow),
  ]);
  return rows.sort((one, other) => Number(one["buildrequestid"]) - Number(other["buildrequestid"]));
}

function ofRequest(view: MasterView, id: number | undefined): ApiPlace | undefined {
  if (id === undefined) return undefined;
  const open = requestRows(view, view.builders()).find((row) => row["buildrequestid"] === id);
  const [build] = view.builds({ where: [{ column: "requestId", operator: "eq", values: [id] }], limit: 1 });
  const row = open ?? (build && claimedRow(build));
  return row && { kind: "one", key: "buildrequests", row };
}

function recentChanges(view: MasterView): readonly ApiRow[] {
  const rows = view.builds({ limit: BUILDS_WITH_CHANGES }).flatMap(({ change }) => change ?? []);
  return [...new Map(rows.map((change) => [`${change.repository} ${change.revision}`, changeRow(change)])).values()];
}
