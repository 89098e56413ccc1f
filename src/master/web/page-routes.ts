// The routes of the pages.
import type { Context, Hono } from "hono";
import { errorText } from "../../base/errors.ts";
import type { BuildDetail, LogView, StepView } from "../master-view.ts";
import { visitOf } from "./access/index.ts";
import { notFound } from "./answers.ts";
import { numberInPath } from "./events-path.ts";
import { noteMarkup } from "./notes.ts";
import { builderPage, buildPage, logPage, overviewPage, workerPage, workersPage } from "./pages/index.ts";
import { nameOfSegment } from "./paths.ts";
import type { Site, WebEnv } from "./site.ts";

const LOG_PATH = "/builders/:builder/builds/:number/steps/:step/logs/:slug";

export function addPageRoutes(app: Hono<WebEnv>, site: Site): void {
  const { view } = site;

  app.get("/", (c) => c.html(overviewPage(view, visitOf(c, site), noteMarkup(c.req.query("note")))));

  app.get("/builders/:builder", (c) => {
    const builder = view.builder(nameOfSegment(c.req.param("builder")));
    if (builder === undefined) return notFound(c, site, "such builder");
    const beforeId = numberInPath(c.req.query("before"));
    return c.html(builderPage(view, visitOf(c, site), { builder, beforeId, note: noteMarkup(c.req.query("note")) }));
  });

  app.get("/builders/:builder/builds/:number", (c) => {
    const build = buildOf(c, site);
    if (build === undefined) return notFound(c, site, "such build");
    return c.html(buildPage(build, visitOf(c, site), noteMarkup(c.req.query("note"))));
  });

  app.get(LOG_PATH, (c) => {
    const found = logOf(c, site);
    if (found === undefined) return notFound(c, site, "such log");
    return c.html(logPage(view, visitOf(c, site), { ...found, from: numberInPath(c.req.query("from")) }));
  });

  app.get(`${LOG_PATH}/text`, (c) => {
    const found = logOf(c, site);
    if (found === undefined) return notFound(c, site, "such log");
    c.header("Content-Type", "text/plain; charset=utf-8");
    c.header("Content-Disposition", `attachment; filename="${fileName(found)}"`);
    if (c.req.method === "HEAD") return c.body(null);
    const cut = (error: unknown) => {
      site.log(`the download of a log was aborted: ${errorText(error)}`);
      c.env.outgoing.destroy();
    };
    return c.body(logTextStream(view.logText(found.log.id), cut));
  });

  app.get("/workers", (c) => c.html(workersPage(view, visitOf(c, site))));

  app.get("/workers/:worker", (c) => {
    const worker = view.worker(nameOfSegment(c.req.param("worker")));
    if (worker === undefined) return notFound(c, site, "such worker");
    return c.html(workerPage(view, visitOf(c, site), { worker, note: noteMarkup(c.req.query("note")) }));
  });
}

export function buildOf(c: Context<WebEnv>, { view }: Site): BuildDetail | undefined {
  const number = numberInPath(c.req.param("number"));
  return number === undefined ? undefined : view.build(nameOfSegment(c.req.param("builder") ?? ""), number);
}

interface FoundLog {
  readonly build: BuildDetail;
  readonly step: StepView;
  readonly log: LogView;
}

function logOf(c: Context<WebEnv>, site: Site): FoundLog | undefined {
  const build = buildOf(c, site);
  const step = build?.steps.find(({ number }) => number === numberInPath(c.req.param("step")));
  const slug = nameOfSegment(c.req.param("slug") ?? "");
  const log = step?.logs.find((log) => log.slug === slug);
  return build && step && log && { build, step, log };
}

/** Only characters that every file system supports. */
function fileName({ build, step, log }: FoundLog): string {
  const name = [build.builder, build.number, step.number, log.slug].join("-");
  return `${name.replaceAll(/[^\w.-]+/g, "_").slice(0, 120)}.txt`;
}

/**
 * Reads as fast as its reader, and stops when the reader disconnects. `cut` must abort the response, so that it does
 * not end like a complete one.
 */
function logTextStream(pieces: Iterable<Uint8Array>, cut: (error: unknown) => void): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.iterator]();
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        try {
          const piece = iterator.next();
          if (piece.done === true) controller.close();
          else controller.enqueue(piece.value);
        } catch (error) {
          cut(error);
          controller.close();
        }
      },
      cancel: () => void iterator.return?.(),
    },
    { highWaterMark: 0 },
  );
}
