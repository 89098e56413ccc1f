// What may be done, by whom, and what keeps others from having it done.
import { afterEach, beforeEach, expect, test } from "vitest";
import { LONGEST_LOGIN_DELAY_MS, MAX_WAITING } from "../../../src/master/login-delays.ts";
import { hashOfPassword } from "../../../src/master/secret.ts";
import { busyMaster } from "../../support/busy-master.ts";
import type { FakeMasterView } from "../../support/fake-master-view.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { poll } from "../../support/poll.ts";
import { rareTest } from "../../support/sized.ts";
import { PASSWORD, type ServedPage, servePage, WebVisitor } from "../../support/web-visitor.ts";

let view: FakeMasterView;
let page: ServedPage;
let visitor: WebVisitor;

beforeEach(async () => {
  view = busyMaster();
  page = await servePage(view);
  visitor = new WebVisitor(page);
});
afterEach(() => page.close());

const actions: readonly (readonly [
  path: string,
  fields: Readonly<Record<string, string>>,
  order: string,
  to: string,
])[] = [
  ["/builders/demo/force", { reason: " try it " }, "force demo: try it", "/builders/demo?note=forced"],
  ["/builders/demo/force", {}, "force demo: forced on the status page", "/builders/demo?note=forced"],
  [
    "/builders/demo/force",
    { reason: "", branch: "main", revision: "5f2c1d9", "p-level": "all", other: "x" },
    "force demo: forced on the status page branch=main revision=5f2c1d9 level=all",
    "/builders/demo?note=forced",
  ],
  ["/requests/7/cancel", {}, "cancel 7", "/?note=cancelled"],
  ["/requests/cancel-all", {}, "cancel all", "/?note=all-cancelled"],
  [
    "/builders/demo/builds/42/stop",
    {},
    "stop demo 42: stopped on the status page",
    "/builders/demo/builds/42?note=stopping",
  ],
  ["/builders/demo/builds/41/rebuild", {}, "rebuild demo 41", "/builders/demo?note=rebuilt"],
  ["/workers/worker-1/shutdown", {}, "shut down worker-1", "/workers/worker-1?note=shutting-down"],
];

test.each(actions)("a logged-in admin can send %s with %j, which requests: %s", async (path, fields, order, to) => {
  expect((await visitor.logIn()).status).toBe(303);
  const done = await visitor.post(path, { ...fields, token: await visitor.token("/") });
  expect([done.status, done.headers["location"]]).toEqual([303, to]);
  expect(view.orders).toEqual([order]);
  expect((await visitor.send(to)).text).toContain('<p class="note" role="status">');
});

test.each(actions)("without a login, %s with %j is refused", async (path, fields) => {
  const { status, text } = await visitor.post(path, { ...fields, token: await visitor.token() });
  expect(status).toBe(403);
  expect(text).toContain("You need to log in to do this.");
  expect(view.orders).toEqual([]);
});

test.each(actions)(
  "%s with %j without a token, with another's, or from another site does nothing",
  async (path, fields) => {
    await visitor.logIn();
    const token = await visitor.token("/");
    const other = new WebVisitor(page);
    await other.logIn();
    const refused = [
      await visitor.post(path, fields),
      await visitor.post(path, { ...fields, token: await other.token("/") }),
      await visitor.post(path, { ...fields, token }, { origin: "http://evil.example" }),
      await visitor.post(path, { ...fields, token }, { origin: "null" }),
      await visitor.post(path, { ...fields, token }, { origin: "http://localhost:1" }),
      await visitor.post(path, { ...fields, token }, { "content-type": "text/plain" }),
      await visitor.post(path, { ...fields, token }, { "transfer-encoding": "chunked" }),
      await visitor.send(`${path}?token=${token}`),
    ];
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403, 415, 413, 404]);
    expect(view.orders).toEqual([]);
  },
);

test("only a logged-in admin sees the buttons", async () => {
  const shown = async () => {
    const paths = ["/", "/builders/demo", "/builders/demo/builds/41", "/builders/demo/builds/42", "/workers/worker-1"];
    const replies = await Promise.all(paths.map((path) => visitor.send(path)));
    return replies.flatMap(({ text }) =>
      [...text.matchAll(/method="post" action="([^"]+)"/g)].map(([, action]) => action),
    );
  };
  expect(await shown()).toEqual([]);
  await visitor.logIn();
  expect((await shown()).filter((action) => action !== "/logout")).toEqual([
    "/requests/7/cancel",
    "/requests/8/cancel",
    "/requests/cancel-all",
    "/requests/8/cancel",
    "/builders/demo/force",
    "/builders/demo/builds/41/rebuild",
    "/builders/demo/builds/42/stop",
    "/workers/worker-1/shutdown",
  ]);
});

test.each([
  ["/builders/demo/builds/41/stop", 409, "build 41 of demo has ended already"],
  ["/requests/999/cancel", 409, "request 999 waits no longer"],
  ["/builders/unknown/force", 404, "There is no such builder"],
  ["/builders/demo/builds/999/rebuild", 404, "There is no such build"],
  ["/workers/unknown/shutdown", 404, "There is no such worker"],
  ["/requests/x/cancel", 404, "There is no such request"],
])("%s is not possible: %d, %s", async (path, status, sentence) => {
  await visitor.logIn();
  const reply = await visitor.post(path, { token: await visitor.token("/") });
  expect([reply.status, reply.text.includes(sentence)]).toEqual([status, true]);
  expect(view.orders).toEqual([]);
});

test("a reason that is too long is refused, and an oversized body is not read", async () => {
  await visitor.logIn();
  const token = await visitor.token("/");
  expect((await visitor.post("/builders/demo/force", { token, reason: "x".repeat(301) })).status).toBe(400);
  expect((await visitor.post("/builders/demo/force", { token, reason: "x".repeat(20_000) })).status).toBe(413);
  expect(view.orders).toEqual([]);
});

test("a login sets a new cookie that scripts and other sites cannot use, and a logout ends the session", async () => {
  const token = await visitor.token();
  const before = visitor.cookie;
  const { status, headers } = await visitor.post("/login", {
    token,
    password: PASSWORD,
    back: "/builders/demo?before=9",
  });
  expect([status, headers["location"]]).toEqual([303, "/builders/demo?before=9&note=logged-in"]);
  expect(String(headers["set-cookie"])).toMatch(/^buildhand-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/);
  expect(visitor.cookie).not.toBe(before);
  expect((await visitor.send("/")).text).toContain("Log out");
  const kept = visitor.cookie ?? "";
  expect((await visitor.post("/logout", { token: await visitor.token("/") })).headers["location"]).toBe(
    "/?note=logged-out",
  );
  expect((await new WebVisitor(page).send("/", { headers: { cookie: kept } })).text).toContain(">Log in<");
});

test("a cookie that was set before the login is not valid after it", async () => {
  const stranger = new WebVisitor(page);
  const token = await stranger.token();
  const planted = stranger.cookie ?? "";
  await visitor.post("/login", { token, password: PASSWORD }, { cookie: planted });
  expect((await stranger.send("/")).text).toContain(">Log in<");
});

test("over TLS the cookie is Secure", async () => {
  const token = await visitor.token();
  const origin = new URL(page.address).origin.replace("http:", "https:");
  const { headers } = await visitor.post("/login", { token, password: PASSWORD }, { origin });
  expect(String(headers["set-cookie"])).toMatch(/; Secure/);
});

test.each([
  ["https://evil.example/", "/"],
  ["//evil.example/", "/"],
  ["/\\evil.example", "/"],
  ["/\t/evil.example", "/"],
  ["/.//evil.example", "/"],
  ["javascript:alert(1)", "/"],
  ["", "/"],
  ["/workers?note=forced", "/workers"],
])("a login with %j as the page to return to redirects to %s", async (back, to) => {
  expect((await visitor.logIn(PASSWORD, back)).headers["location"]).toBe(`${to}?note=logged-in`);
});

test("the answer to a wrong password is delayed and logged, and of many at a time all but four get 429", async () => {
  const clock = new ManualClock();
  const guessed = await servePage(view, { clock });
  const replies = Array.from({ length: MAX_WAITING + 2 }, () => new WebVisitor(guessed).logIn("wrong"));
  let answered = 0;
  for (const reply of replies) void reply.then(() => (answered += 1));
  await poll("the two that do not wait", () => answered === 2);
  clock.advance(LONGEST_LOGIN_DELAY_MS);
  const answers = await Promise.all(replies);
  expect(answers.filter(({ status }) => status === 403)).toHaveLength(MAX_WAITING);
  for (const { status, text, headers } of answers) {
    expect(text).toContain(status === 403 ? "Wrong password." : "Too many login attempts.");
    expect(headers["retry-after"]).toBe(status === 403 ? undefined : "4");
  }
  expect(guessed.logged).toEqual(Array(MAX_WAITING).fill("wrong password on the status page from 127.0.0.1"));
  const right = new WebVisitor(guessed).logIn();
  await poll("the right one", () => clock.advance(LONGEST_LOGIN_DELAY_MS) ?? guessed.logged.length > MAX_WAITING);
  expect((await right).status).toBe(303);
  await guessed.close();
});

test("a delayed login ends with its connection", async () => {
  const clock = new ManualClock();
  const guessed = await servePage(view, { clock });
  const timers = clock.timerCount;
  const waiting = new WebVisitor(guessed).logIn("wrong").catch(() => {});
  await poll("its delay", () => clock.timerCount > timers);
  const closed = guessed.close();
  clock.advance(1000);
  await Promise.all([closed, waiting]);
  await poll("the end of its delay", () => clock.timerCount === 0);
});

test("if no password is set, nobody can log in", async () => {
  const closed = await servePage(view, { adminPassword: "" });
  const guest = new WebVisitor(closed);
  expect((await guest.send("/login")).text).toContain("no password is set");
  const nobody = { headers: { cookie: `buildhand-${new URL(closed.address).port}=${"a".repeat(43)}` } };
  expect((await guest.send("/", nobody)).text).not.toContain("Log out");
  expect((await guest.post("/login", { password: "" })).status).toBe(403);
  await closed.close();
});

rareTest("of one visitor's logins, no more than two passwords are hashed at a time", 180_000, async () => {
  const hashed = await servePage(view, { adminPassword: await hashOfPassword(PASSWORD) });
  const guesser = new WebVisitor(hashed);
  const token = await guesser.token();
  const guesses = Array.from({ length: 10 }, () => guesser.post("/login", { token, password: "wrong" }));
  const answers = (await Promise.all(guesses)).map(({ status }) => status);
  expect(answers.filter((status) => status === 403).length).toBeLessThanOrEqual(MAX_WAITING);
  expect(answers).toContain(429);
  expect(hashed.logged.filter((line) => line.startsWith("wrong password")).length).toBeLessThan(10);
  expect((await new WebVisitor(hashed).logIn()).status).toBe(303);
  await hashed.close();
});
