// The routes of the pages.
import type { Context, Hono } from "hono";
import type { BuildDetail } from "../master-view.ts";
import { visitOf } from "./access/index.ts";
import { notFound } from "./answers.ts";
import { download, fileBytes, filePieces, headerFileName } from "./downloads.ts";
import { numberInPath } from "./events-path.ts";
import { noteMarkup } from "./notes.ts";
import { builderPage, buildPage, overviewPage, workerPage, workersPage } from "./pages/index.ts";
import { nameOfSegment } from "./paths.ts";
import type { Site, WebEnv } from "./site.ts";

export function addPageRoutes(app: Hono<WebEnv>, site: Site): void {
  const { view } = site;

  app.get("/", (c) => {
    const word = (name: string) => (c.req.query(name) ?? "").trim();
    const [builder, result, branch] = [word("builder"), word("result"), word("branch")];
    const filter = { builder, result, branch, beforeId: numberInPath(c.req.query("before")) };
    return c.html(overviewPage(view, visitOf(c, site), { filter, note: noteMarkup(c.req.query("note")) }));
  });

  app.get("/builders/:builder", (c) => {
    const builder = view.builder(nameOfSegment(c.req.param("builder")));
    if (builder === undefined) return notFound(c, site, "such builder");
    const beforeId = numberInPath(c.req.query("before"));
    return c.html(builderPage(view, visitOf(c, site), { builder, beforeId, note: noteMarkup(c.req.query("note")) }));
  });

  app.get("/builders/:builder/builds/:number", async (c) => {
    const build = buildOf(c, site);
    if (build === undefined) return notFound(c, site, "such build");
    const artifacts = await view.artifacts(build.builder, build.number);
    return c.html(buildPage(view, visitOf(c, site), { build, artifacts, note: noteMarkup(c.req.query("note")) }));
  });

  app.get("/builders/:builder/builds/:number/artifacts/:path{.+}", async (c) => {
    const build = buildOf(c, site);
    const names = c.req.param("path").split("/").map(nameOfSegment);
    const path = build && (await view.artifact(build.builder, build.number, names.join("/")));
    const bytes = path === undefined ? undefined : await fileBytes(path);
    if (path === undefined || bytes === undefined) return notFound(c, site, "such file");
    c.header("Content-Type", "application/octet-stream");
    c.header("Content-Length", String(bytes));
    c.header("Content-Disposition", `attachment; filename*=UTF-8''${headerFileName(names.at(-1) ?? "")}`);
    return c.req.method === "HEAD" ? c.body(null) : download(c, site, filePieces(path, bytes));
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
