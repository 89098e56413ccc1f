// The routes of logs: their pages, search, and downloads.
import type { Context, Hono } from "hono";
import type { FoundLog, LogLine } from "../master-view.ts";
import { visitOf } from "./access/index.ts";
import { notFound } from "./answers.ts";
import { download } from "./downloads.ts";
import { numberInPath } from "./events-path.ts";
import { isErrorLine, LINES_BEFORE, MATCHES_AT_MOST, searchLog, unstyledText } from "./log/index.ts";
import { buildOf } from "./page-routes.ts";
import { LONGEST_SEARCH, logPage, searchPage } from "./pages/index.ts";
import { nameOfSegment, paths } from "./paths.ts";
import type { Site, WebEnv } from "./site.ts";

const LOG_PATH = "/builders/:builder/builds/:number/steps/:step/logs/:slug";

export function addLogRoutes(app: Hono<WebEnv>, site: Site): void {
  const { view } = site;
  const get = (path: string, answer: (c: Context<WebEnv>, found: FoundLog) => Response | Promise<Response>) =>
    app.get(`${LOG_PATH}${path}`, (c) => {
      const found = logOf(c, site);
      return found === undefined ? notFound(c, site, "such log") : answer(c, found);
    });

  get("", (c, found) => {
    const [from, error] = [numberInPath(c.req.query("from")), numberInPath(c.req.query("error"))];
    return c.html(logPage(view, visitOf(c, site), { ...found, from, error }));
  });

  get("/search", async (c, found) => {
    const searched = (c.req.query("q") ?? "").slice(0, LONGEST_SEARCH);
    const wanted = searched.toLowerCase();
    const matches = ({ text }: LogLine) => unstyledText(text).toLowerCase().includes(wanted);
    const from = numberInPath(c.req.query("from")) ?? 1;
    const search = { from, matches, limit: wanted === "" ? 0 : MATCHES_AT_MOST };
    const lines = await searchLog(view, found.log, search, () => !c.env.outgoing.destroyed);
    return c.html(searchPage(visitOf(c, site), { ...found, searched, from, found: lines }));
  });

  get("/next-error", async (c, found) => {
    const from = (numberInPath(c.req.query("after")) ?? 0) + 1;
    const matches = ({ stream, text }: LogLine) => stream !== "h" && isErrorLine(text);
    const lines = await searchLog(view, found.log, { from, matches, limit: 1 }, () => !c.env.outgoing.destroyed);
    const [first] = lines.lines;
    if (first === undefined) {
      return c.html(searchPage(visitOf(c, site), { ...found, searched: undefined, from, found: lines }));
    }
    const to = `${paths.log(found)}?from=${Math.max(1, first.number - LINES_BEFORE)}&error=${first.number}#L${first.number}`;
    return c.redirect(to, 303);
  });

  get("/text", (c, found) => {
    c.header("Content-Type", "text/plain; charset=utf-8");
    c.header("Content-Disposition", `attachment; filename="${fileName(found)}"`);
    if (c.req.method === "HEAD") return c.body(null);
    return download(c, site, view.logText(found.log.id));
  });
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
