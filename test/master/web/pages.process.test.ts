// Every page over HTTP, as a reader without scripts sees it.
import { afterAll, beforeAll, expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { busyMaster, LONG_LOG_ID, LONG_LOG_LINES } from "../../support/busy-master.ts";
import { aWorker, FakeMasterView } from "../../support/fake-master-view.ts";
import { type ServedPage, servePage, WebVisitor } from "../../support/web-visitor.ts";

let page: ServedPage;
let visitor: WebVisitor;

beforeAll(async () => {
  const now = new Date();
  page = await servePage(busyMaster(now.getTime()), { clock: { ...systemClock, date: () => now } });
  visitor = new WebVisitor(page);
});
afterAll(() => page.close());

const LOG = "/builders/demo/builds/41/steps/2/logs/stdio";
const LONG_LOG = "/builders/demo/builds/41/steps/2/logs/trace_log";

/** Words of a page, without its tags. */
async function words(path: string, of = visitor): Promise<string> {
  const { text } = await of.send(path);
  return text
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .replaceAll("&#39;", "'");
}

test.each<[string, readonly string[]]>([
  [
    "/",
    [
      "2 of 4 workers attached",
      "demo",
      "✓ success #1",
      "▶ running #42",
      "Build 41: failure",
      "No builds yet",
      "a worker to attach",
      "first try",
    ],
  ],
  [
    "/builders/demo",
    [
      "Builds of demo",
      "#42 ▶ running worker-1",
      "failed compile",
      "one of the workers",
      "Older",
      "Log in to start a build",
      "worker-2",
    ],
  ],
  ["/builders/demo/builds/41", ["Rebuild of #38", "Rebuilt as #43 #44"]],
  ["/builders/nightly%2Flinux-x86_64", ["nightly/linux-x86_64", "! warnings", "a force scheduler"]],
  ["/builders/fresh", ["No builds yet. Start the first one", "Log in to start a build"]],
  [
    "/builders/demo/builds/41",
    [
      "Build #41 of demo",
      "✗ failure",
      "Duration 3 min",
      "main 5f2c1d9e8b by Ada Kettle: Boil less water",
      "Parameters level: all",
      "Failed step: compile ✗ failure exit code 2",
      "14 FAIL test/unit/paths.test.js",
      "Rebuild of #38",
      "compile ✗ failure",
      "exit code 2",
      "1,200,000 lines, 100 MiB",
      "– skipped",
    ],
  ],
  ["/builders/demo/builds/42", ["▶ running", "Running for", "· not started", "3 lines, 40 bytes so far"]],
  [
    LOG,
    [
      "stdio of step compile",
      "1 info /bin/sh -c 'make -j2 all'",
      "9 stderr src/main.c:41:12:",
      "5 more lines about the command",
      "Download as text",
      "program finished with exit code 2",
    ],
  ],
  [
    "/workers",
    [
      "worker-1",
      "● attached",
      "demo #42",
      "rack 4, left",
      "○ away",
      "yesterday",
      "○ never seen",
      "◐ shutting down",
      "Lost lines are not shown: the relay in /srv/relay is not running",
    ],
  ],
  [
    "/workers/worker-1",
    [
      "Ada Kettle &lt;ada@example.org&gt;",
      "rack 4, left",
      "ssh://build@worker-1.example.org",
      "Perspective Broker",
      "127.0.0.1:50412",
      "numcpus 2",
      "System Debian GNU/Linux 13 (trixie)",
      "Running demo #42 running test",
      "periodic: every hour",
    ],
  ],
  ["/workers/worker-2", ["○ away", "MessagePack", "the old laptop"]],
  ["/workers/worker-3", ["○ never seen", "buildhand create-worker DIR HOST:PORT NAME PASSWORD", "No builds yet."]],
  [
    "/workers/worker-4",
    [
      "shutting down ! line lost 41 seconds ago",
      "Line lost 41 seconds ago ; commands go on, 1,234 bytes for it waiting at",
    ],
  ],
  ["/login", ["Admin password"]],
])("%s shows its content", async (path, sentences) => {
  const text = await words(path);
  for (const sentence of sentences) expect(text).toContain(sentence);
});

test("the builds of a builder are paged, from the newest to the first", async () => {
  const numbers: number[] = [];
  let path: string | undefined = "/builders/demo";
  for (let pages = 0; path !== undefined && pages < 5; pages += 1) {
    const { text } = await visitor.send(path);
    numbers.push(...[...text.matchAll(/scope="row"><a [^>]*>#(\d+)</g)].map(([, number]) => Number(number)));
    path = /href="([^"]*\?before=\d+)" rel="next"/.exec(text)?.[1];
  }
  expect(numbers).toEqual(Array.from({ length: 42 }, (_, n) => 42 - n));
});

test("a huge log is paged, and its lines have linked numbers", async () => {
  const first = await visitor.send(LONG_LOG);
  expect(first.text).toContain(`<a class="number" href="${LONG_LOG}?from=1#L1000">1000</a>`);
  expect(first.text).not.toContain('id="L1001"');
  expect(first.text).toContain(`<a href="${LONG_LOG}?from=1001">Next</a>`);
  expect(first.text).toContain(`<a href="${LONG_LOG}?from=${LONG_LOG_LINES - 999}">Last</a>`);
  const later = await visitor.send(`${LONG_LOG}?from=500000`);
  expect(later.text).toContain('id="L500000"');
  expect(later.text).toContain(`<a href="${LONG_LOG}?from=499000">Previous</a>`);
  const beyond = await visitor.send(`${LONG_LOG}?from=99999999`);
  expect(beyond.text).toContain(`id="L${LONG_LOG_LINES}"`);
  expect((await visitor.send(`${LONG_LOG}?from=-5`)).text).toContain('id="L1"');
});

test("the text of a log can be downloaded unchanged", async () => {
  const { headers, text } = await visitor.send(`${LOG}/text`);
  expect(headers["content-type"]).toBe("text/plain; charset=utf-8");
  expect(headers["content-disposition"]).toBe('attachment; filename="demo-41-2-stdio.txt"');
  expect(headers["x-content-type-options"]).toBe("nosniff");
  expect(text.split("\n")[0]).toBe("/bin/sh -c 'make -j2 all'");
  expect(text).toContain("\u{1b}[1m\u{1b}[32m==>");
});

test.each([
  "/nothing",
  "/builders/unknown",
  "/builders/demo/builds/999",
  "/builders/demo/builds/0",
  "/builders/demo/builds/1e1",
  "/builders/demo/builds/41/steps/9/logs/stdio",
  "/builders/demo/builds/41/steps/2/logs/other",
  "/builders/demo/builds/41/steps/2/logs/other/text",
  "/workers/unknown",
  "/static/unknown.css",
  "/static/../status-page.ts",
  "/static/..%2fstatus-page.ts",
  "/static/%2e%2e/%2e%2e/%2e%2e/package.json",
  "/static/constructor",
  "/..%2f..%2fetc/passwd",
  "/builders/..%2f..%2fetc%2fpasswd",
  "/builders/%FF",
  "/requests/7/cancel",
])("%s is not found, with an error page", async (path) => {
  const { status, headers, text } = await visitor.send(path);
  expect(status).toBe(404);
  expect(headers["content-type"]).toMatch(/^text\/html/);
  expect(text).toContain("<h1>Not found</h1>");
});

test.each(["/", "/builders/demo", LOG, `${LOG}/text`, "/events", "/static/style.css", "/nothing"])(
  "HEAD of %s answers as GET would, without a body",
  async (path) => {
    const { status, text } = await visitor.send(path, { method: "HEAD" });
    expect([status, text]).toEqual([path === "/nothing" ? 404 : 200, ""]);
  },
);

test.each(["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])("%s is answered, and does nothing", async (method) => {
  expect((await visitor.send("/", { method })).status).toBe(404);
});

test("no page may be cached, framed, or run an inline script", async () => {
  for (const path of ["/", LOG, "/login", "/nothing", "/events?x=<script>"]) {
    const { headers, text } = await visitor.send(path, { method: path.startsWith("/events") ? "HEAD" : "GET" });
    expect(headers["content-security-policy"]).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    );
    expect(headers).toMatchObject({
      "x-content-type-options": "nosniff",
      "referrer-policy": "same-origin",
      "cache-control": "no-store",
    });
    expect(text).not.toMatch(/<script(?! src="\/static\/)|<style| style=| on\w+=/);
  }
});

test("style sheet, script and icon have their types, and may be cached", async () => {
  const { text } = await visitor.send("/");
  const addresses = [...new Set([...text.matchAll(/"(\/static\/[^"]+)"/g)].map(([, address]) => address ?? ""))];
  expect(addresses).toHaveLength(4);
  const replies = await Promise.all(addresses.map((address) => visitor.send(address)));
  expect(new Set(replies.map(({ headers }) => headers["content-type"]))).toEqual(
    new Set(["image/svg+xml", "text/css; charset=utf-8", "text/javascript; charset=utf-8"]),
  );
  for (const { headers } of replies) expect(headers["cache-control"]).toContain("immutable");
});

test("any name has its page and links to it", async () => {
  const view = new FakeMasterView();
  const names = ["..", ".", "a/b", "%2F", "a?b#c", "~x", "<b>&\"'", "日本 語", "a\\b", "\u{202e}gnp.exe"];
  view.known.push(
    ...names.map((name) => ({ name, description: undefined, workers: [name], force: { parameters: [] } })),
  );
  view.attached.push(...names.map((name) => aWorker({ name })));
  const odd = await servePage(view);
  const reader = new WebVisitor(odd);
  for (const index of ["/", "/workers"]) {
    const { text } = await reader.send(index);
    const links = [...text.matchAll(/<(?:h2|th [^>]*)><a href="([^"]+)"/g)].map(
      ([, href = ""]) => new URL(href.replaceAll("&#39;", "'"), odd.address),
    );
    expect(links).toHaveLength(names.length);
    const replies = await Promise.all(links.map(({ pathname }) => reader.send(pathname)));
    expect(replies.map(({ status }) => status)).toEqual(names.map(() => 200));
    expect(new Set(replies.map(({ text }) => /<h1>(.*?)<\/h1>/.exec(text)?.[1])).size).toBe(names.length);
  }
  await odd.close();
});

test("the page of a log full of colours is limited in bytes, and links to the rest", async () => {
  const view = busyMaster();
  const text = "\u{1b}[1mx\u{1b}[0my".repeat(100);
  view.logs.set(LONG_LOG_ID, { count: LONG_LOG_LINES, line: () => ({ stream: "o", text }) });
  const costly = await servePage(view);
  const reply = await new WebVisitor(costly).send(LONG_LOG);
  expect(reply.text.length).toBeLessThan(550_000);
  const last = [...reply.text.matchAll(/id="L(\d+)"/g)].length;
  expect(reply.text).toContain(`<a href="${LONG_LOG}?from=${last + 1}">Next</a>`);
  await costly.close();
});

test("a long queue shows the first requests and the number of further ones", async () => {
  const view = new FakeMasterView();
  view.known.push({ name: "slow", description: undefined, workers: ["w"], force: { parameters: [] } });
  for (let id = 1; id <= 80; id += 1) {
    view.waiting.push({ id, builder: "slow", reason: "hourly", submittedAtMs: id, waitsFor: "a worker is free" });
  }
  const queued = await servePage(view);
  for (const path of ["/", "/builders/slow"]) {
    const text = await words(path, new WebVisitor(queued));
    expect(text.match(/Reason: hourly/g)).toHaveLength(50);
    expect(text).toContain("and 30 more");
  }
  await queued.close();
});

test("a master that cannot write says so at the top, with the reason", async () => {
  const view = new FakeMasterView();
  view.trouble = "cannot write to state.sqlite: database or disk is full";
  const troubled = await servePage(view);
  expect(await words("/", new WebVisitor(troubled))).toContain(`No builds are starting: ${view.trouble}`);
  await troubled.close();
});

test("a new master says what to do next", async () => {
  const view = new FakeMasterView();
  const empty = await servePage(view, { adminPassword: "" });
  const reader = new WebVisitor(empty);
  expect(await words("/login", reader)).toContain("no password is set");
  view.known.push({ name: "lone", description: undefined, workers: ["w"], force: { parameters: [] } });
  view.attached.push(aWorker({ name: "w", state: "never seen" }));
  expect(await words("/", reader)).toContain("No worker is attached, so builds are waiting.");
  expect(await words("/workers", reader)).toContain("buildhand start DIR");
  expect(await words("/builders/lone", reader)).toContain("set adminPassword in master.yaml");
  await empty.close();
});
