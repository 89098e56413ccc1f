// The API: Buildbot's addresses and forms. The keys are those that a Buildbot master 4.2.1 answered.
import { afterAll, beforeAll, expect, test } from "vitest";
import { busyMaster } from "../../support/busy-master.ts";
import { type ServedPage, servePage, WebVisitor } from "../../support/web-visitor.ts";

const view = busyMaster();
let page: ServedPage;
let visitor: WebVisitor;

beforeAll(async () => {
  page = await servePage(view, { apiToken: "the-token-of-ours", localToken: "local" });
  visitor = new WebVisitor(page);
});
afterAll(() => page.close());

type Rows = readonly Readonly<Record<string, unknown>>[];

async function ask(path: string) {
  const { status, headers, text } = await visitor.send(`/api/v2/${path}`);
  expect(headers["content-type"]).toMatch(/^application\/json/);
  const body = JSON.parse(text) as Readonly<Record<string, Rows>> & { meta: { total?: number }; error?: string };
  return { status, body };
}

const forms: readonly (readonly [path: string, key: string, words: string])[] = [
  ["builders", "builders", "builderid description description_format description_html masterids name projectid tags"],
  [
    "builds",
    "builds",
    "builderid buildid buildrequestid complete complete_at locks_duration_s masterid number properties results started_at state_string workerid",
  ],
  [
    "builds/41/steps",
    "steps",
    "buildid complete complete_at hidden locks_acquired_at name number results started_at state_string stepid urls",
  ],
  ["builds/41/steps/1/logs", "logs", "complete logid name num_lines slug stepid type"],
  ["logs/2/contents", "logchunks", "content firstline logid"],
  ["workers", "workers", "configured_on connected_to graceful name pause_reason paused workerid workerinfo"],
  [
    "buildrequests",
    "buildrequests",
    "builderid buildrequestid buildsetid claimed claimed_at claimed_by_masterid complete complete_at priority properties results submitted_at waited_for",
  ],
];

test.each(forms)("%s has Buildbot's form", async (path, key, words) => {
  const { status, body } = await ask(path);
  expect(status).toBe(200);
  expect(Object.keys(body).sort()).toEqual([key, "meta"].sort());
  const rows = body[key] ?? [];
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows) expect(Object.keys(row).sort()).toEqual(words.split(" "));
  if (path !== "logs/2/contents") expect(body.meta.total).toBe(rows.length);
});

test("a build is found by its id, and by its builder's name or id and its number", async () => {
  const [demo] = (await ask("builders/demo")).body["builders"] ?? [];
  const id = String(demo?.["builderid"]);
  expect(demo).toMatchObject({ name: "demo", description: "Builds and tests the demo on each change" });
  for (const path of ["builds/41", "builders/demo/builds/41", `builders/${id}/builds/41`]) {
    const { body } = await ask(`${path}?property=branch&property=buildername`);
    expect(body["builds"]).toEqual([
      expect.objectContaining({
        buildid: 41,
        builderid: Number(id),
        number: 41,
        complete: true,
        results: 2,
        state_string: "failed compile",
        properties: { branch: ["main", "Build"], buildername: ["demo", "Builder"] },
      }),
    ]);
    expect(body.meta).toEqual({});
  }
});

test("builds are listed as dashboards ask for them", async () => {
  const numbers = async (query: string) =>
    ((await ask(`builders/demo/builds?${query}`)).body["builds"] ?? []).map(({ number }) => number);
  expect(await numbers("limit=3&offset=1")).toHaveLength(3);
  expect(await numbers("results=2&results=4&complete=true")).toContain(41);
  const { body } = await ask("builders/demo/builds?limit=1&field=number&field=results");
  expect(body["builds"]).toEqual([{ number: expect.any(Number), results: expect.toSatisfy(() => true) }]);
  expect(body.meta).toEqual({ total: 42 });
});

test("lists are filtered, sorted and cut", async () => {
  const names = async (query: string) => ((await ask(query)).body["builders"] ?? []).map(({ name }) => name);
  expect(await names("builders?name=docs")).toEqual(["docs"]);
  expect(await names("builders?name__contains=e&order=-name&limit=2")).toEqual(["fresh", "demo"]);
  expect(await names("builders?tags__contains=nightly")).toEqual([]);
  const requests = (await ask("buildrequests?complete=false&claimed=false")).body["buildrequests"] ?? [];
  expect(requests.map(({ buildrequestid }) => buildrequestid)).toEqual([7, 8]);
  expect((await ask("builds/41/steps?results__ne=0&order=number")).body["steps"]?.map(({ name }) => name)).toEqual([
    "compile",
    "test",
  ]);
});

test("lines of a log have the letters of their streams; its text says where it comes from", async () => {
  const { body } = await ask("logs/2/contents?offset=1&limit=2");
  expect(body["logchunks"]).toEqual([
    {
      content: "h in directory /var/lib/buildhand/worker/demo/build (timeout 1200 secs)\nh environment:\n",
      firstline: 1,
      logid: 2,
    },
  ]);
  const { headers, text } = await visitor.send("/api/v2/builders/demo/builds/41/steps/compile/logs/stdio/raw");
  expect(headers["content-disposition"]).toBe("attachment; filename=demo_build_41_step_compile_log_stdio");
  expect(text).toMatch(/^Builder: demo\nBuild number: 41\nWorker name: worker-1\n\/bin\/sh -c 'make/);
});

test.each([
  ["nothing", 404, "Invalid path: nothing"],
  ["builds/999", 404, "Invalid path: builds/999"],
  ["builds/41/steps/1/logs/other", 404, "Invalid path: builds/41/steps/1/logs/other"],
  ["builds?foo=1", 400, "unrecognized query parameter 'foo'"],
  ["builders?foo=1", 400, "unrecognized query parameter 'foo'"],
  ["builds?number__near=1", 400, "unrecognized query parameter 'number__near'"],
  ["builds?limit=x", 400, "invalid limit"],
])("%s is answered with %d: %s", async (path, status, error) => {
  expect(await ask(path)).toEqual({ status, body: { error } });
});

async function post(path: string, body: unknown, token = "the-token-of-ours") {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const { status, text } = await visitor.send(`/api/v2/${path}`, {
    method: "POST",
    headers: { ...headers, "content-length": String(Buffer.byteLength(JSON.stringify(body))) },
    body: JSON.stringify(body),
  });
  return { status, answer: JSON.parse(text) as Readonly<Record<string, unknown>> };
}

test("with a token, programs start, stop, rebuild and cancel", async () => {
  const parameters = { reason: "nightly", branch: "main", properties: { level: "all" } };
  const { status, answer } = await post("builders/demo/force", parameters);
  expect([status, answer]).toEqual([200, { buildrequestid: expect.any(Number) }]);
  const rpc = (method: string, params = {}) => ({ id: 5, jsonrpc: "2.0", method, params });
  const [demo] = (await ask("builders/demo")).body["builders"] ?? [];
  await post("forceschedulers/force", rpc("force", { builderid: demo?.["builderid"], reason: "by rpc" }), "local");
  expect((await post("builds/42", rpc("stop", { reason: "enough" }))).answer).toEqual({
    id: 5,
    jsonrpc: "2.0",
    result: null,
  });
  await post("builds/41", rpc("rebuild"));
  await post("buildrequests/7", rpc("cancel"));
  expect(await post("buildrequests/999", rpc("cancel"))).toMatchObject({ status: 409 });
  expect((await post("buildrequests/cancel-all", {})).answer).toEqual({ cancelled: 3 });
  expect(view.orders).toEqual([
    "force demo: nightly branch=main level=all",
    "force demo: by rpc",
    "stop demo 42: enough",
    "rebuild demo 41",
    "cancel 7",
    "cancel all",
  ]);
});

test("without the token, and with a wrong form, nothing is done", async () => {
  const before = view.orders.length;
  const path = "/api/v2/builders/demo/force";
  const length = { "content-length": "2" };
  expect((await visitor.send(path, { method: "POST", headers: length, body: "{}" })).status).toBe(401);
  expect((await post("builders/demo/force", {}, "wrong")).status).toBe(401);
  const authorization = "Bearer local";
  const sent = (body: string, headers: Readonly<Record<string, string>>) =>
    visitor.send(path, { method: "POST", headers: { authorization, ...headers }, body });
  expect((await sent("[1]", { "content-length": "3" })).status).toBe(400);
  expect((await sent("{", { "content-length": "1" })).status).toBe(400);
  expect((await sent("{}", { "transfer-encoding": "chunked" })).status).toBe(413);
  expect((await post("builders/none/force", {}, "local")).status).toBe(404);
  expect((await post("builders/demo/force/x", {}, "local")).status).toBe(404);
  expect(view.orders).toHaveLength(before);
});

test("health and metrics are served", async () => {
  view.endedCounts.set("FAILURE", 2);
  expect((await visitor.send("/healthz")).text).toBe("ok\n");
  const { headers, text } = await visitor.send("/metrics");
  expect(headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(text).toContain('buildhand_master_worker_attached{worker="worker-2"} 0\n');
  expect(text).toContain('buildhand_master_builds_finished_total{result="failure"} 2\n');
  expect(text).toMatch(/^buildhand_master_requests_waiting\{builder="demo"\} \d+$/m);
});
