// The addresses of the pages, made from arbitrary names, and the names parsed from them.
import type { BuildView, LogView, StepView } from "../master-view.ts";

export const paths = {
  overview: "/",
  workers: "/workers",
  login: "/login",
  logout: "/logout",
  cancelAll: "/requests/cancel-all",
  builder: (builder: string) => `/builders/${segment(builder)}`,
  build: (builder: string, number: number) => `${paths.builder(builder)}/builds/${number}`,
  log: ({ build, step, log }: LogPlace) =>
    `${paths.build(build.builder, build.number)}/steps/${step.number}/logs/${segment(log.slug)}`,
  artifact: (builder: string, number: number, path: string) =>
    `${paths.build(builder, number)}/artifacts/${path.split("/").map(segment).join("/")}`,
  worker: (worker: string) => `/workers/${segment(worker)}`,
  request: (id: number) => `/requests/${id}`,
} as const;

interface LogPlace {
  readonly build: Pick<BuildView, "builder" | "number">;
  readonly step: Pick<StepView, "number">;
  readonly log: Pick<LogView, "slug">;
}

/** Browsers resolve `.` and `..`, even percent-encoded, so such names get a leading `~`. */
function segment(name: string): string {
  return encodeURIComponent(/^[.~]/.test(name) ? `~${name}` : name.toWellFormed());
}

/** The name for a decoded path segment. */
export function nameOfSegment(segment: string): string {
  return segment.startsWith("~") ? segment.slice(1) : segment;
}
