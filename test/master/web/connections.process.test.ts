// Visitors of the status page that ask for more than it can hold: small attacks by real sockets on the real page.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { type Clock, systemClock } from "../../../src/base/clock.ts";
import { type ConnectionLimits, connectionLimits } from "../../../src/master/web/connections.ts";
import { type StatusPage, serveStatusPage } from "../../../src/master/web/status-page.ts";
import { busyMaster } from "../../support/busy-master.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { poll } from "../../support/poll.ts";
import { WebVisitor, webConfig } from "../../support/web-visitor.ts";

const LOG = "/builders/demo/builds/41/steps/2/logs/trace_log";
/** What a window costs, with the lines before it. */
const LINES_READ_PER_PAGE = 1200;

const view = busyMaster();
let page: StatusPage;
let opened: Socket[] = [];

afterEach(async () => {
  for (const socket of opened) socket.destroy();
  opened = [];
  await page.close();
});

async function serve(limits: Partial<ConnectionLimits> = {}, clock: Clock = systemClock): Promise<void> {
  view.linesRead = 0;
  page = await serveStatusPage({
    view,
    config: () => webConfig,
    clock,
    log: () => {},
    limits: { ...connectionLimits, ...limits },
  });
}

function request(path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
}

/** A connection that sends this, and reads nothing. */
async function attack(text: string): Promise<Socket> {
  const socket = connect(Number(new URL(page.address).port), "127.0.0.1");
  opened.push(socket);
  socket.on("error", () => {}); // it may be reset
  await once(socket, "connect");
  socket.write(text);
  return socket;
}

async function attacks(count: number, text: string): Promise<readonly Socket[]> {
  return Promise.all(Array.from({ length: count }, () => attack(text)));
}

/** Reads, so that an end of the connection is seen. */
async function ended(socket: Socket): Promise<void> {
  await poll("the end of a connection", () => socket.resume().closed);
}

/** In the middle of a download of 100 MB; what is in buffers on the way still comes. */
async function cutOff(socket: Socket): Promise<void> {
  await ended(socket);
  expect(socket.bytesRead).toBeLessThan(50_000_000);
}

async function visitorIsServed(): Promise<void> {
  expect((await new WebVisitor(page).send("/")).status).toBe(200);
}

/** The buffers on the way to readers that do not read are full. */
async function downloadsStandStill(): Promise<void> {
  let before = -1;
  await poll("downloads to stand still", async () => {
    const isSame = view.linesRead === before && before > 0;
    before = view.linesRead;
    if (!isSame) await new Promise((resolve) => setTimeout(resolve, 100));
    return isSame;
  });
}

test("a request before the previous answer closes the connection", async () => {
  await serve();
  const socket = await attack(request(LOG).repeat(600));
  await ended(socket);
  await visitorIsServed();
  expect(view.linesRead).toBeLessThanOrEqual(LINES_READ_PER_PAGE);
});

test("requests that Node.js refuses itself cannot pile up either", async () => {
  await serve();
  for (const odd of ["GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: localhost\r\nExpect: the-moon\r\n\r\n"]) {
    const socket = await attack(request("/events") + odd);
    await ended(socket);
  }
});

test("successive requests on one connection are answered", async () => {
  await serve();
  const socket = await attack(request("/workers"));
  for (let count = 0; count < 3; count += 1) {
    const answer = await poll("an answer", () => (socket.read() as Buffer | null)?.toString());
    expect(answer).toContain("HTTP/1.1 200 OK");
    socket.write(request("/workers"));
  }
});

test("a flood of requests leaves turns to others, and disconnected visitors cost nothing", async () => {
  await serve();
  const crowd = await attacks(30, "");
  let most = 0;
  let before = 0;
  let isWatching = true;
  const watch = () => {
    most = Math.max(most, view.linesRead - before);
    before = view.linesRead;
    if (isWatching) setImmediate(watch);
  };
  watch();
  for (const socket of crowd) socket.write(request(LOG));
  await poll("the first page", () => view.linesRead > 0);
  for (const socket of crowd) socket.destroy();
  await visitorIsServed();
  isWatching = false;
  expect(most).toBeLessThanOrEqual(LINES_READ_PER_PAGE);
  expect(view.linesRead).toBeLessThan(30 * 1000);
});

test.each([
  ["half-sent requests", "GET / HTTP/1.1\r\n"],
  ["silent connections", ""],
  ["downloads that are not read", request(`${LOG}/text`)],
  ["event streams that are not read", request("/events")],
])("%s on all connections do not lock out others", async (_what, text) => {
  await serve({ connections: 8 });
  await attacks(12, text);
  await visitorIsServed();
});

test("the longest idle connection is closed for a new one", async () => {
  const clock = new ManualClock();
  await serve({ connections: 3 }, clock);
  const [first, second, third] = [await attack(""), await attack(""), await attack("")];
  clock.advance(2000);
  for (const socket of [first, third]) socket.write(request("/static/none"));
  await poll("answers", () => first.readableLength > 0 && third.readableLength > 0);
  clock.advance(2000);
  await attack("");
  await ended(second);
  for (const socket of [first, third]) {
    const isAnswered = once(socket.resume(), "data");
    socket.write(request("/static/none"));
    await isAnswered;
  }
});

test("a connection without traffic for 30 seconds is closed, a slow one is not", async () => {
  const clock = new ManualClock();
  await serve({}, clock);
  const stuck = await attack(request(`${LOG}/text`));
  const slow = await attack(request(`${LOG}/text`));
  await downloadsStandStill();
  clock.advance(20_000);
  // So much that buffers on the way run empty, and the page gets rid of more.
  let takenBytes = 0;
  await poll("something to be taken", () => {
    takenBytes += (slow.read() as Buffer | null)?.length ?? 0;
    return takenBytes > 8_000_000;
  });
  await downloadsStandStill();
  clock.advance(20_000);
  await cutOff(stuck);
  expect(slow.closed).toBe(false);
});

test("a request that is sent too slowly is closed in time", async () => {
  await serve({ requestMs: 500 });
  const socket = await attack("GET / HTTP/1.1\r\n");
  const dribble = setInterval(() => socket.write("X: y\r\n"), 50);
  await ended(socket);
  clearInterval(dribble);
});

test("the unsent bytes of all visitors together are limited", async () => {
  await serve({ unsentBytes: 200_000 });
  const crowd: Socket[] = [];
  for (let count = 0; count < 6; count += 1) {
    crowd.push(await attack(request(`${LOG}/text`)));
    await downloadsStandStill();
  }
  await visitorIsServed();
  const [first, , , , , last] = crowd;
  await cutOff(first!);
  expect(last?.closed).toBe(false);
});
