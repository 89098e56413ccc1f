// The web application: guards first, then routes.
import { Hono } from "hono";
import { baseErrors, errorText, WorkerError } from "../../base/errors.ts";
import { headersOfAll, isOwnHost, refusedReader } from "./access/index.ts";
import { addActionRoutes } from "./action-routes.ts";
import { notFound, problem } from "./answers.ts";
import { addApiRoutes } from "./api/index.ts";
import { EVENTS_PATH, topicOf } from "./events-path.ts";
import { addHookRoutes } from "./hook-routes.ts";
import { addLogRoutes } from "./log-routes.ts";
import { addLoginRoutes } from "./login-routes.ts";
import { addMetricsRoutes } from "./metrics-routes.ts";
import { addPageRoutes } from "./page-routes.ts";
import type { Site, WebEnv } from "./site.ts";

/** Cache lifetime of files whose address changes with their content. */
const KEPT_SECONDS = 365 * 24 * 60 * 60;
const RETRY_WHEN_FULL_SECONDS = 30;

export function makeApp(site: Site): Hono<WebEnv> {
  const app = new Hono<WebEnv>();

  app.use(async (c, next) => {
    for (const [name, value] of Object.entries(headersOfAll)) c.header(name, value);
    if (!isOwnHost(c.req.header("host"), site.config())) {
      const sentence = `This status page only serves this machine. Open it as http://localhost:${c.env.incoming.socket.localPort}/ instead, or set web: url in master.yaml to its public address.`;
      return problem(c, site, { status: 421, sentence });
    }
    const refusal = await refusedReader(c, site);
    return refusal ?? next();
  });

  addFileRoutes(app, site);
  addEventRoute(app, site);
  addPageRoutes(app, site);
  addLogRoutes(app, site);
  addLoginRoutes(app, site);
  addApiRoutes(app, site);
  addMetricsRoutes(app, site);
  addHookRoutes(app, site);
  addActionRoutes(app, site);

  app.notFound((c) => notFound(c, site, "such page"));
  app.onError((error, c) => {
    // a sentence of the master, such as that a build has already ended
    if (error instanceof WorkerError && error.family === baseErrors.usage.family) {
      return problem(c, site, { status: 409, sentence: error.message });
    }
    site.log(`the status page failed on ${c.req.method} ${c.req.routePath}: ${stackOf(error)}`);
    return problem(c, site, { status: 500, sentence: "The reason is in the master's log." });
  });
  return app;
}

function addFileRoutes(app: Hono<WebEnv>, site: Site): void {
  app.get("/static/:name", (c) => {
    const file = site.files.get(c.req.param("name"));
    if (file === undefined) return notFound(c, site, "such file");
    c.header("Cache-Control", `public, max-age=${KEPT_SECONDS}, immutable`);
    c.header("Content-Type", file.type);
    return c.body(file.bytes);
  });
}

function addEventRoute(app: Hono<WebEnv>, site: Site): void {
  app.get(EVENTS_PATH, (c) => {
    c.header("Content-Type", "text/event-stream; charset=utf-8");
    if (c.req.method === "HEAD") return c.body(null);
    const stream = site.events.open(topicOf(new URL(c.req.url).searchParams));
    if (stream !== undefined) return c.body(stream);
    c.header("Retry-After", String(RETRY_WHEN_FULL_SECONDS));
    return c.text("Too many pages are open.", 503);
  });
}

function stackOf(error: Error): string {
  return error.stack ?? errorText(error);
}
