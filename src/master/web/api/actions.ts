// The actions of the API: Buildbot's JSON-RPC at its addresses, and a plain POST that starts a build.
import type { Context } from "hono";
import type { MasterView } from "../../master-view.ts";
import { peerAddress } from "../access/index.ts";
import { numberInPath } from "../events-path.ts";
import { LONGEST_REASON } from "../pages/index.ts";
import type { Site, WebEnv } from "../site.ts";
import { idOfName, named } from "./names.ts";

const REASON = "started through the API";
/** Of a force request that are not parameters of the build. */
const NO_PARAMETERS: ReadonlySet<string> = new Set([
  "reason",
  "builderid",
  "builderNames",
  "owner",
  "username",
  "properties",
]);

type Body = Readonly<Record<string, unknown>>;

export interface ActionAnswer {
  readonly status: 200 | 400 | 404;
  readonly answer: Readonly<Record<string, unknown>>;
}

/** Throws a WorkerError of family `usage` with a sentence for what is not possible. */
export function act(c: Context<WebEnv>, site: Site, path: readonly string[], body: Body): ActionAnswer {
  const { view } = site;
  const [kind = "", id = "", action, ...rest] = path;
  const note = (sentence: string) => site.log(`${sentence} from ${peerAddress(c, site)}, through the API`);
  if (rest.length > 0) return notThere(path);
  if (kind === "builders" && action === "force") {
    const builder = named(view.builders(), id);
    if (builder === undefined) return notThere(path);
    const requestId = force(view, builder.name, body);
    note(`request ${requestId} was made`);
    return { status: 200, answer: { buildrequestid: requestId } };
  }
  if (kind === "buildrequests" && id === "cancel-all" && action === undefined) {
    const count = view.cancelAll();
    note(`all ${count} waiting requests were cancelled`);
    return { status: 200, answer: { cancelled: count } };
  }
  const result = action === undefined ? call(view, [kind, id], body, note) : undefined;
  if (result === undefined) return notThere(path);
  if ("fault" in result) return { status: 400, answer: { error: result.fault } };
  return { status: 200, answer: { id: body["id"] ?? null, jsonrpc: "2.0", result: result.value } };
}

function notThere(path: readonly string[]): ActionAnswer {
  return { status: 404, answer: { error: `Invalid path: ${path.join("/")}` } };
}

type CallResult = { readonly value: unknown } | { readonly fault: string };

function call(
  view: MasterView,
  [kind, id]: readonly [string, string],
  { method, params }: Body,
  note: (sentence: string) => void,
): CallResult | undefined {
  const values = typeof params === "object" && params !== null ? { ...params } : {};
  const number = numberInPath(id);
  if (kind === "forceschedulers") {
    if (method !== "force") return { fault: "expected the method force" };
    const builder = named(view.builders(), String((values as Body)["builderid"] ?? (values as Body)["builderNames"]));
    if (builder === undefined) return { fault: "expected the builderid of a builder" };
    const requestId = force(view, builder.name, values);
    note(`request ${requestId} was made`);
    return { value: [requestId, { [idOfName(builder.name)]: requestId }] };
  }
  if (number === undefined) return undefined;
  if (kind === "buildrequests") {
    if (method !== "cancel") return { fault: "expected the method cancel" };
    view.cancelRequest(number);
    note(`request ${number} was cancelled`);
    return { value: null };
  }
  const build = kind === "builds" ? view.buildWithId(number) : undefined;
  if (build === undefined) return undefined;
  if (method !== "stop" && method !== "rebuild") return { fault: "expected the method stop or rebuild" };
  note(`build ${build.number} of '${build.builder}': ${method}`);
  if (method === "rebuild") {
    const requestId = view.rebuild(build.builder, build.number);
    return { value: [requestId, { [idOfName(build.builder)]: requestId }] };
  }
  view.stop(build.builder, build.number, textOf((values as Body)["reason"]) || "stopped through the API");
  return { value: null };
}

/** The parameters may stand beside `branch`, as in Buildbot, or in `properties`. */
function force(view: MasterView, builder: string, body: Body): number {
  const given = typeof body["properties"] === "object" && body["properties"] !== null ? { ...body["properties"] } : {};
  const all = [...Object.entries(body).filter(([name]) => !NO_PARAMETERS.has(name)), ...Object.entries(given)];
  const values = new Map(all.map(([name, value]) => [name, textOf(value)]));
  const reason = textOf(body["reason"]).trim().slice(0, LONGEST_REASON);
  return view.force(builder, reason === "" ? REASON : reason, values);
}

function textOf(value: unknown): string {
  return ["string", "number", "boolean"].includes(typeof value) ? String(value) : "";
}
