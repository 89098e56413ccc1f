// The status page as a server: whom it answers, how much it holds open, and how it ends.
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { masterErrors } from "../../../src/master/errors.ts";
import { WATCHERS_AT_MOST } from "../../../src/master/web/events.ts";
import { serveStatusPage } from "../../../src/master/web/status-page.ts";
import { busyMaster, LONG_LOG_LINES } from "../../support/busy-master.ts";
import { FakeMasterView } from "../../support/fake-master-view.ts";
import { listen } from "../../support/listening.ts";
import { poll, standsStill } from "../../support/poll.ts";
import { rareTest } from "../../support/sized.ts";
import { servePage, WebVisitor, webConfig } from "../../support/web-visitor.ts";

const LONG_LOG = "/builders/demo/builds/41/steps/2/logs/trace_log";

test("a request with another site's name (DNS rebinding) is not served", async () => {
  const page = await servePage(busyMaster());
  const visitor = new WebVisitor(page);
  const { port } = new URL(page.address);
  for (const host of ["evil.example", `evil.example:${port}`, "127.0.0.1.evil.example", "0.0.0.0"]) {
    const { status, text } = await visitor.send("/", { headers: { host } });
    expect([status, text.includes(`http://localhost:${port}/`)]).toEqual([421, true]);
    expect(text).not.toContain("demo");
  }
  for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`]) {
    expect((await visitor.send("/", { headers: { host } })).status).toBe(200);
  }
  await page.close();
});

test("invalid requests close their connection, and nothing else", async () => {
  const page = await servePage(busyMaster());
  const socket = connect(Number(new URL(page.address).port), "127.0.0.1");
  socket.on("error", () => {}); // it may be reset
  socket.write("\u{0}\u{1}nonsense\r\n\r\n");
  await once(socket.resume(), "close");
  expect((await new WebVisitor(page).send("/")).status).toBe(200);
  await page.close();
});

test("a port in use is reported in one sentence", async () => {
  const other = await listen(createServer());
  const config = { ...webConfig, port: other.port };
  const view = new FakeMasterView();
  const attempt = serveStatusPage({ view, config: () => config, clock: systemClock, log: () => {} });
  await expect(attempt).rejects.toSatisfy(masterErrors.webAddress.is);
  await expect(attempt).rejects.toThrow(
    `the status page cannot listen on 127.0.0.1:${other.port}: Address already in use`,
  );
  expect(view.listenerCount).toBe(0);
  await other.end();
});

test("an internal error is logged with its stack, and the page shows it without", async () => {
  const view = new FakeMasterView();
  view.builders = () => {
    throw new TypeError("a secret of ours");
  };
  const page = await servePage(view);
  const { status, text } = await new WebVisitor(page).send("/");
  expect([status, text.includes("a secret of ours")]).toEqual([500, false]);
  expect(page.logged.join()).toMatch(/the status page failed on GET .*TypeError: a secret of ours\n\s+at /);
  await page.close();
});

test("a change is sent immediately to its pages, and closed streams are released", async () => {
  const view = busyMaster();
  const page = await servePage(view);
  const response = await fetch(`${page.address}events?builder=demo`);
  expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
  const reader = response.body?.getReader();
  const next = async () => Buffer.from((await reader?.read())?.value ?? []).toString();
  expect(await next()).toBe("retry: 2000\n\n");
  view.publish({ type: "build", builder: "docs", number: 1 });
  view.publish({ type: "build", builder: "demo", number: 42 });
  expect(await next()).toBe("data: changed\n\n");
  await reader?.cancel();
  await page.close();
});

test("the number of live pages is limited, and closing one makes room", async () => {
  const page = await servePage(busyMaster());
  const leave = new AbortController();
  const { signal } = leave;
  // Kept, since one that nobody has any more is closed.
  const open = () => fetch(`${page.address}events`, { signal });
  const streams = await Promise.all(Array.from({ length: WATCHERS_AT_MOST }, open));
  expect(new Set(streams.map(({ status }) => status))).toEqual(new Set([200]));
  const refused = await fetch(`${page.address}events`);
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "30"]);
  expect((await new WebVisitor(page).send("/")).status).toBe(200);
  expect(streams.filter(({ body }) => body === null)).toEqual([]);
  leave.abort();
  const room = await poll("room for another stream", async () => {
    const response = await fetch(`${page.address}events`);
    const isOpen = response.status === 200;
    await response.body?.cancel();
    return isOpen;
  });
  expect(room).toBe(true);
  await page.close();
});

test("closing the page ends its streams and all connections, and frees the port", async () => {
  const view = busyMaster();
  const page = await servePage(view);
  const response = await fetch(`${page.address}events`);
  // a reader that does not read
  const stuck = connect(Number(new URL(page.address).port), "127.0.0.1");
  stuck.on("error", () => {});
  stuck.write(`GET ${LONG_LOG}/text HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  await once(stuck, "readable");
  await page.close();
  expect(await response.text()).toBe("retry: 2000\n\n");
  expect(view.listenerCount).toBe(0);
  await once(stuck.resume(), "close");
  await expect(fetch(page.address)).rejects.toThrow();
});

test("no more of a log of 100 MB is read than a page shows, at any position", async () => {
  const view = busyMaster();
  const page = await servePage(view);
  const visitor = new WebVisitor(page);
  await visitor.send(LONG_LOG);
  for (const path of [LONG_LOG, `${LONG_LOG}?from=${LONG_LOG_LINES / 2}`, `${LONG_LOG}?from=${LONG_LOG_LINES}`]) {
    view.linesRead = 0;
    expect((await visitor.send(path)).status).toBe(200);
    expect(view.linesRead).toBeLessThanOrEqual(1200);
  }
  await page.close();
});

test("a download reads as fast as its reader, and stops with it", async () => {
  const view = busyMaster();
  const page = await servePage(view);
  const socket = connect(Number(new URL(page.address).port), "127.0.0.1");
  socket.write(`GET ${LONG_LOG}/text HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  await once(socket, "readable");
  // it stands still when the buffers on the way are full
  expect(await standsStill("reading", () => view.linesRead)).toBeLessThan(LONG_LOG_LINES / 2);
  socket.destroy();
  await page.close();
});

test("an aborted download does not end like a complete one, and the log has the reason", async () => {
  const view = busyMaster();
  view.logText = function* () {
    for (let piece = 0; piece < 20; piece += 1) yield Buffer.from("half of it\n".repeat(10_000));
    throw masterErrors.notFound("log 77 any more");
  };
  const page = await servePage(view);
  const response = await fetch(`${page.address.slice(0, -1)}${LONG_LOG}/text`);
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow("terminated");
  expect(page.logged).toEqual(["a download was aborted: there is no log 77 any more"]);
  await page.close();
});

rareTest("a large log arrives completely", 180_000, async () => {
  const page = await servePage(busyMaster());
  const response = await fetch(`${page.address.slice(0, -1)}${LONG_LOG}/text`);
  let [bytes, lines] = [0, 0];
  let last = "";
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    last = `${last}${Buffer.from(chunk).toString()}`.slice(-200);
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1;
  }
  expect(lines).toBe(LONG_LOG_LINES);
  expect(bytes).toBeGreaterThan(90_000_000);
  expect(last).toContain(`line ${LONG_LOG_LINES} of many`);
  await page.close();
});
