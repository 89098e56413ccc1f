// The routes of the API: Buildbot's addresses and forms for reading, and actions for programs with a token.
import type { Context, Hono } from "hono";
import { baseErrors, WorkerError } from "../../../base/errors.ts";
import type { MasterView } from "../../master-view.ts";
import { refusedToken } from "../access/index.ts";
import { download, headerFileName } from "../downloads.ts";
import type { Site, WebEnv } from "../site.ts";
import { act } from "./actions.ts";
import { type ApiPlace, apiPlaceOf } from "./places.ts";
import { type ApiQuery, buildsQuery, readQuery, select, shownFields } from "./query.ts";
import { type ApiRow, buildRow } from "./rows.ts";

const ROOT = "/api/v2";
/** Of one answer about a log; the rest needs `offset`. */
const CONTENT_BYTES = 8 * 1024 * 1024;
const LINES_AT_A_TIME = 5000;
const LONGEST_BODY_BYTES = 64 * 1024;

export function addApiRoutes(app: Hono<WebEnv>, site: Site): void {
  app.get(`${ROOT}/*`, (c) => {
    const path = pathOf(c);
    const place = path && apiPlaceOf(site.view, path);
    if (place === undefined) return c.json({ error: `Invalid path: ${path?.join("/") ?? ""}` }, 404);
    const query = readQuery(new URL(c.req.url).searchParams);
    if ("fault" in query) return c.json({ error: query.fault }, 400);
    return answer(c, site, place, query);
  });

  app.post(`${ROOT}/*`, async (c) => {
    const refusal = await refusedToken(c, site);
    if (refusal !== undefined) return refusal;
    if (!(Number(c.req.header("content-length") ?? "none") <= LONGEST_BODY_BYTES)) {
      return c.json({ error: `expected a body of at most ${LONGEST_BODY_BYTES} bytes with its length` }, 413);
    }
    const body = objectIn(await c.req.text());
    if (body === undefined) return c.json({ error: "expected a JSON object" }, 400);
    try {
      const { status, answer } = act(c, site, pathOf(c) ?? [], body);
      return c.json(answer, status);
    } catch (error) {
      // a sentence of the master, such as that no force scheduler has the builder
      if (!(error instanceof WorkerError) || error.family !== baseErrors.usage.family) throw error;
      return c.json({ error: error.message }, 409);
    }
  });
}

/** The decoded parts of the path; undefined if it cannot be decoded. */
function pathOf(c: Context<WebEnv>): readonly string[] | undefined {
  try {
    return new URL(c.req.url).pathname
      .slice(ROOT.length + 1)
      .split("/")
      .map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text === "" ? "{}" : text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function answer(c: Context<WebEnv>, site: Site, place: ApiPlace, query: ApiQuery): Response {
  const { view } = site;
  switch (place.kind) {
    case "one":
      return one(c, place.key, place.row, query);
    case "build":
      return one(c, "builds", buildRow(place.build, query.properties), query);
    case "list": {
      const found = select(place.rows, query);
      return "fault" in found ? c.json({ error: found.fault }, 400) : many(c, place.key, found, query);
    }
    case "builds": {
      const names = () => [...view.builders(), ...view.workers()].map(({ name }) => name);
      const wanted = buildsQuery(query, names);
      if ("fault" in wanted) return c.json({ error: wanted.fault }, 400);
      const ofBuilder = place.builder === undefined ? {} : { builder: place.builder };
      const sql = { ...wanted, ...ofBuilder, limit: query.limit, offset: query.offset };
      const rows = view.builds(sql).map((build) => buildRow(build, query.properties));
      return many(c, "builds", { rows, total: view.buildCount(sql) }, query);
    }
    case "contents":
      return c.json({ logchunks: [contents(view, place.log.id, query)], meta: {} });
    default:
      return raw(c, site, place);
  }
}

function one(c: Context<WebEnv>, key: string, row: ApiRow, query: ApiQuery): Response {
  return c.json({ [key]: [shownFields(row, query)], meta: {} });
}

function many(
  c: Context<WebEnv>,
  key: string,
  { rows, total }: { readonly rows: readonly ApiRow[]; readonly total: number },
  query: ApiQuery,
): Response {
  return c.json({ [key]: rows.map((row) => shownFields(row, query)), meta: { total } });
}

/** Lines with the letter of their stream; `limit` and `offset` count lines here. */
function contents(view: MasterView, logId: number, { limit, offset }: ApiQuery) {
  let [content, line] = ["", offset];
  for (const end = offset + limit; line < end && content.length < CONTENT_BYTES; ) {
    const lines = view.logLines(logId, line, Math.min(end - line, LINES_AT_A_TIME));
    if (lines.length === 0) break;
    content += lines.map(({ stream, text }) => `${stream}${text}\n`).join("");
    line += lines.length;
  }
  return { content, firstline: offset, logid: logId };
}

/** As Buildbot writes it: where it comes from, and then the text. */
function raw(
  c: Context<WebEnv>,
  site: Site,
  { kind, build, step, log }: Extract<ApiPlace, { readonly kind: "contents" | "raw" | "raw_inline" }>,
): Response {
  const { builder, number, worker } = build;
  c.header("Content-Type", "text/plain; charset=utf-8");
  if (kind === "raw") {
    const name = `${builder}_build_${number}_step_${step.name}_log_${log.slug}`.replaceAll(/[^\w.-]+/g, "_");
    c.header("Content-Disposition", `attachment; filename=${headerFileName(name)}`);
  }
  function* pieces() {
    yield Buffer.from(`Builder: ${builder}\nBuild number: ${number}\nWorker name: ${worker}\n`);
    yield* site.view.logText(log.id);
  }
  return c.req.method === "HEAD" ? c.body(null) : download(c, site, pieces());
}
