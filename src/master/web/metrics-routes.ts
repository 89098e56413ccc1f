// /healthz, and /metrics in the text format of Prometheus.
import type { Hono } from "hono";
import { metricHead, metricSample } from "../../base/metrics.ts";
import { version } from "../../base/version.ts";
import type { MasterView } from "../master-view.ts";
import type { Site, WebEnv } from "./site.ts";
import { isAttached } from "./status-words.ts";

export function addMetricsRoutes(app: Hono<WebEnv>, { view }: Site): void {
  app.get("/healthz", (c) => c.text(view.trouble === undefined ? "ok\n" : `${view.trouble}\n`));
  app.get("/metrics", (c) => {
    c.header("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    return c.body(metrics(view));
  });
}

function metrics(view: MasterView): string {
  const [builders, workers] = [view.builders(), view.workers()];
  return [
    metricHead("gauge", "info", "Version of the program."),
    metricSample("info", { version }, 1),
    metricHead("gauge", "master_trouble", "Whether the master starts no builds."),
    metricSample("master_trouble", {}, view.trouble !== undefined),
    metricHead("gauge", "master_worker_attached", "Whether the worker is attached."),
    ...workers.map((worker) => metricSample("master_worker_attached", { worker: worker.name }, isAttached(worker))),
    metricHead("gauge", "master_requests_waiting", "Requests that wait."),
    ...builders.map(({ name, waitingCount }) =>
      metricSample("master_requests_waiting", { builder: name }, waitingCount),
    ),
    metricHead("gauge", "master_builds_running", "Builds that run."),
    ...builders.map(({ name, running }) => metricSample("master_builds_running", { builder: name }, running.length)),
    metricHead("counter", "master_builds_finished_total", "Builds that have ended."),
    ...[...view.endedCounts].map(([result, count]) =>
      metricSample("master_builds_finished_total", { result: result.toLowerCase() }, count),
    ),
  ].join("");
}
