// The actions of a logged-in admin. Each redirects to the page that shows its effect.
import type { Context, Hono } from "hono";
import { peerAddress, receiveForm } from "./access/index.ts";
import { notFound, problem } from "./answers.ts";
import { numberInPath } from "./events-path.ts";
import { markup } from "./markup.ts";
import { type Note, withNote } from "./notes.ts";
import { buildOf } from "./page-routes.ts";
import { LONGEST_REASON } from "./pages/index.ts";
import { nameOfSegment, paths } from "./paths.ts";
import type { Site, WebEnv } from "./site.ts";

const STOP_REASON = "stopped on the status page";

/** For the log, and where the visitor goes. */
interface Done {
  readonly did: string;
  readonly path: string;
  readonly note: Note;
}

export function addActionRoutes(app: Hono<WebEnv>, site: Site): void {
  const { view } = site;

  app.post("/builders/:builder/force", (c) =>
    asAdmin(c, site, "such builder", (fields) => {
      const builder = view.builder(nameOfSegment(c.req.param("builder")));
      if (builder === undefined) return undefined;
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
      return { did: `request ${id} was made`, path: paths.builder(builder.name), note: "forced" };
    }),
  );

  app.post("/requests/:id/cancel", (c) =>
    asAdmin(c, site, "such request", () => {
      const id = numberInPath(c.req.param("id"));
      if (id === undefined) return undefined;
      view.cancelRequest(id);
      return { did: `request ${id} was cancelled`, path: paths.overview, note: "cancelled" };
    }),
  );

  app.post(paths.cancelAll, (c) =>
    asAdmin(c, site, "such page", () => {
      const did = `all ${view.cancelAll()} waiting requests were cancelled`;
      return { did, path: paths.overview, note: "all-cancelled" };
    }),
  );

  app.post("/builders/:builder/builds/:number/stop", (c) =>
    asAdmin(c, site, "such build", () => {
      const { builder, number } = buildOf(c, site) ?? {};
      if (builder === undefined || number === undefined) return undefined;
      view.stop(builder, number, STOP_REASON);
      const did = `build ${number} of '${builder}' was stopped`;
      return { did, path: paths.build(builder, number), note: "stopping" };
    }),
  );

  app.post("/builders/:builder/builds/:number/rebuild", (c) =>
    asAdmin(c, site, "such build", () => {
      const { builder, number } = buildOf(c, site) ?? {};
      if (builder === undefined || number === undefined) return undefined;
      const did = `request ${view.rebuild(builder, number)} was made to rebuild build ${number} of '${builder}'`;
      return { did, path: paths.builder(builder), note: "rebuilt" };
    }),
  );

  app.post("/workers/:worker/shutdown", (c) =>
    asAdmin(c, site, "such worker", () => {
      const worker = view.worker(nameOfSegment(c.req.param("worker")));
      if (worker === undefined) return undefined;
      view.shutDownWorker(worker.name);
      const did = `shutdown of worker '${worker.name}' was requested`;
      return { did, path: paths.worker(worker.name), note: "shutting-down" };
    }),
  );
}

/** `act` returns undefined if there is no such thing. */
async function asAdmin(
  c: Context<WebEnv>,
  site: Site,
  what: string,
  act: (fields: URLSearchParams) => Done | ReturnType<typeof problem> | undefined,
): Promise<Response> {
  const form = await receiveForm(c, site);
  if ("refusal" in form) return problem(c, site, { status: form.status, sentence: form.refusal });
  if (!site.sessions.has(form.visitorId)) {
    const sentence = markup`You need to log in to do this. <a href="${paths.login}">Log in</a>`;
    return problem(c, site, { status: 403, sentence });
  }
  const done = act(form.fields);
  if (done === undefined) return notFound(c, site, what);
  if (!("did" in done)) return done;
  site.log(`${done.did} from ${peerAddress(c, site)}`);
  return c.redirect(withNote(done.path, done.note), 303);
}
