// What reporters send about a build. Pure.
import type { BuilderConfig, ReporterConfig } from "../master-config.ts";
import type { Result } from "../results.ts";
import { isHash } from "../source-names.ts";
import { ownerAndName } from "../sources/index.ts";
import type { BuildRow } from "../store/index.ts";

const MAX_DESCRIPTION_CHARS = 140;
const MAX_TEXT_CHARS = 2000;

export interface ReportedBuild {
  readonly row: BuildRow;
  readonly builder: BuilderConfig | undefined;
  /** Of the last finished build of the same builder and branch. */
  readonly previousResult: () => Result | undefined;
  /** Address of the status page, if it is known. */
  readonly url: string | undefined;
}

/** Without secrets, since it is stored. `path` follows the reporter's address. */
export interface ReportContent {
  readonly path: string;
  readonly content: Readonly<Record<string, string | number | null>>;
}

/** Undefined if there is nothing to send. */
export function reportContent(reporter: ReporterConfig, build: ReportedBuild): ReportContent | undefined {
  const { builder, result } = build.row;
  if (result === "RETRY" || reporter.builders?.includes(builder) === false) return undefined;
  return reporter.type === "webhook" ? changedResult(build) : commitStatus(reporter.type, build);
}

function commitStatus(type: "github" | "gitea", build: ReportedBuild): ReportContent | undefined {
  const { row } = build;
  const project = ownerAndName(repositoryOf(build) ?? "");
  const revision = row.properties.get("got_revision") ?? row.properties.get("revision") ?? "";
  if (project === undefined || !isHash(revision)) return undefined;
  const api = type === "gitea" ? "/api/v1" : "";
  const target = addressOf(build);
  return {
    path: `${api}/repos/${project.split("/").map(encodeURIComponent).join("/")}/statuses/${revision}`,
    content: {
      state: row.result === undefined ? "pending" : stateOf[row.result],
      context: `buildhand/${row.builder}`,
      description: (row.result === undefined ? "is running" : row.stateText).slice(0, MAX_DESCRIPTION_CHARS),
      ...(target === undefined ? {} : { target_url: target }),
    },
  };
}

const stateOf: Readonly<Record<Result, "success" | "failure" | "error" | "pending">> = {
  SUCCESS: "success",
  WARNINGS: "success",
  SKIPPED: "success",
  FAILURE: "failure",
  EXCEPTION: "error",
  CANCELLED: "error",
  RETRY: "pending",
};

function changedResult(build: ReportedBuild): ReportContent | undefined {
  const { row } = build;
  if (row.result === undefined) return undefined;
  const previousResult = build.previousResult();
  if (row.result === previousResult) return undefined;
  const { builder, number, result, stateText, properties, change } = row;
  const text = (value: string | undefined) => value?.slice(0, MAX_TEXT_CHARS) ?? null;
  return {
    path: "",
    content: {
      builder,
      number,
      result,
      previousResult: previousResult ?? null,
      stateText: text(stateText),
      repository: text(repositoryOf(build)),
      branch: text(properties.get("branch")),
      revision: text(properties.get("got_revision") ?? properties.get("revision")),
      author: text(change?.author),
      message: text(change?.message),
      url: addressOf(build) ?? null,
    },
  };
}

/** That of the build's change, or of the builder's first git step. */
function repositoryOf({ row, builder }: ReportedBuild): string | undefined {
  const step = builder?.steps.find((one) => one.type === "git");
  return row.properties.get("repository") ?? (step?.type === "git" ? step.repository : undefined);
}

/** Of the page of the build. */
function addressOf({ row: { builder, number }, url }: ReportedBuild): string | undefined {
  // Browsers resolve names such as `..`; the status page puts `~` in front.
  const segment = encodeURIComponent(/^[.~]/.test(builder) ? `~${builder}` : builder);
  return url && new URL(`builders/${segment}/builds/${number}`, url).href;
}
