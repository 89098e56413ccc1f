// The actions of a logged-in admin. Each redirects to the page that shows its effect.
import type { Context, Hono } from "hono";
import { peerAddress, receiveForm } from "./access/index.ts";
import { notFound, problem } from "./answers.ts";
import { numberInPath } from "./events-path.ts";
import { markup } from "./markup.ts";
import { withNote } from "./notes.ts";
import { buildOf } from "./page-routes.ts";
import { LONGEST_REASON } from "./pages/index.ts";
import { nameOfSegment, paths } from "./paths.ts";
import type { Site, WebEnv } from "./site.ts";

const STOP_REASON = "stopped on the status page";

export function addActionRoutes(app: Hono<WebEnv>, site: Site): void {
  const { view } = site;

  app.post("/builders/:builder/force", (c) =>
    asAdmin(c, site, (fields) => {
      const builder = view.builder(nameOfSegment(c.req.param("builder")));
      if (builder === undefined) return notFound(c, site, "such builder");
      const reason = (fields.get("reason") ?? "").trim();
      if (reason.length > LONGEST_REASON) {
        return problem(c, site, { status: 400, sentence: `A reason may have at most ${LONGEST_REASON} characters.` });
      }
      const values = new Map<string, string>();
      for (const [key, text] of fields) {
        if ((key === "branch" || key === "revision") && text !== "") values.set(key, text);
        else if (key.startsWith("p-")) values.set(key.slice(2), text);
      }
      const id = view.force(builder.name, reason === "" ? "forced on the status page" : reason, values);
      site.log(`request ${id} was made from ${peerAddress(c, site)}`);
      return c.redirect(withNote(paths.builder(builder.name), "forced"), 303);
    }),
  );

  app.post("/requests/:id/cancel", (c) =>
    asAdmin(c, site, () => {
      const id = numberInPath(c.req.param("id"));
      if (id === undefined) return notFound(c, site, "such request");
      view.cancelRequest(id);
      site.log(`request ${id} was cancelled from ${peerAddress(c, site)}`);
      return c.redirect(withNote(paths.overview, "cancelled"), 303);
    }),
  );

  app.post(paths.cancelAll, (c) =>
    asAdmin(c, site, () => {
      const count = view.cancelAll();
      site.log(`all ${count} waiting requests were cancelled from ${peerAddress(c, site)}`);
      return c.redirect(withNote(paths.overview, "all-cancelled"), 303);
    }),
  );

  app.post("/builders/:builder/builds/:number/stop", (c) =>
    asAdmin(c, site, () => {
      const build = buildOf(c, site);
      if (build === undefined) return notFound(c, site, "such build");
      view.stop(build.builder, build.number, STOP_REASON);
      site.log(`build ${build.number} of '${build.builder}' was stopped from ${peerAddress(c, site)}`);
      return c.redirect(withNote(paths.build(build.builder, build.number), "stopping"), 303);
    }),
  );

  app.post("/builders/:builder/builds/:number/rebuild", (c) =>
    asAdmin(c, site, () => {
      const build = buildOf(c, site);
      if (build === undefined) return notFound(c, site, "such build");
      const id = view.rebuild(build.builder, build.number);
      site.log(
        `request ${id} was made from ${peerAddress(c, site)}, to rebuild build ${build.number} of '${build.builder}'`,
      );
      return c.redirect(withNote(paths.builder(build.builder), "rebuilt"), 303);
    }),
  );

  app.post("/workers/:worker/shutdown", (c) =>
    asAdmin(c, site, () => {
      const worker = view.worker(nameOfSegment(c.req.param("worker")));
      if (worker === undefined) return notFound(c, site, "such worker");
      view.shutDownWorker(worker.name);
      site.log(`shutdown of worker '${worker.name}' was requested from ${peerAddress(c, site)}`);
      return c.redirect(withNote(paths.worker(worker.name), "shutting-down"), 303);
    }),
  );
}

async function asAdmin(
  c: Context<WebEnv>,
  site: Site,
  act: (fields: URLSearchParams) => Response | Promise<Response>,
): Promise<Response> {
  const form = await receiveForm(c, site);
  if ("refusal" in form) return problem(c, site, { status: form.status, sentence: form.refusal });
  if (site.sessions.has(form.visitorId)) return act(form.fields);
  const sentence = markup`You need to log in to do this. <a href="${paths.login}">Log in</a>`;
  return problem(c, site, { status: 403, sentence });
}
