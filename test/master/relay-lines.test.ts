// What the master shows of lines to relays: whose they are, when pages learn of a change, and what no relay may cause.
import { expect, test } from "vitest";
import type { Attachment } from "../../src/master/attached-workers.ts";
import { type RelayAnswer, RelayLines } from "../../src/master/relay-lines.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { poll } from "../support/poll.ts";
import { webConfig } from "../support/web-visitor.ts";
import { FakeLink } from "./fake-link.ts";
import { builder, config } from "./test-master.ts";

const workers = ["w1", "w2"];
const peerOf = (name: string) => `127.0.0.1:4000${name.slice(1)}`;

function session(worker: string, more: object = {}) {
  const quiet = { worker: "w1", since: "", state: "connected", down_seconds: 0, waiting_bytes: 0, resumed: null };
  return { ...quiet, address: peerOf(worker), ...more };
}

/** With w1 and w2 attached, and a relay in each directory that answers what the test says. */
function begin(relays: Readonly<Record<string, () => RelayAnswer | Promise<RelayAnswer>>>, peer = peerOf) {
  const clock = new ManualClock();
  const changed: string[] = [];
  let asked = 0;
  let masterConfig = config([builder("b", [], { workers })], { web: { ...webConfig, relays: Object.keys(relays) } });
  const lines = new RelayLines({
    clock,
    config: () => masterConfig,
    workers: { find: (name) => ({ link: new FakeLink({ name, peer: peer(name) }) }) as unknown as Attachment },
    onChange: (worker) => changed.push(worker),
    ask: async (directory) => {
      asked += 1;
      return relays[directory]!();
    },
  });
  lines.start();
  return {
    lines,
    clock,
    changed,
    asked: () => asked,
    without: () => {
      masterConfig = { ...masterConfig, web: webConfig };
      lines.start();
    },
    /** Lets it ask once more, and waits until it has the answers. */
    again: async () => {
      clock.advance(2000);
      const before = clock.lastTimerSetMs;
      await poll("the answers", () => clock.timerCount === 1 && clock.lastTimerSetMs >= before);
    },
    ready: () => poll("the first answers", () => clock.timerCount === 1),
  };
}

const answered = (...sessions: readonly unknown[]): RelayAnswer => ({ state: "answered", status: { sessions } });

test("a line is that of the worker whose connection it carries, whatever name the worker gave the relay", async () => {
  const down = { state: "waiting", down_seconds: 41, waiting_bytes: 12 };
  const { lines, clock, ready } = begin({ r: () => answered(session("w2", down), session("w1")) });
  await ready();
  expect(lines.find(peerOf("w2"))).toEqual({
    lostAtMs: clock.date().getTime() - 41_000,
    waitingBytes: 12,
    resumed: undefined,
  });
  expect(lines.find(peerOf("w1"))).toEqual({ lostAtMs: undefined, waitingBytes: 0, resumed: undefined });
  expect(lines.troubles).toEqual([]);
});

test("a line is not shown if the connections of two workers have its address, at different ports of the master", async () => {
  const { lines, ready } = begin({ r: () => answered(session("w1")) }, () => peerOf("w1"));
  await ready();
  expect([lines.find(peerOf("w1")), lines.troubles]).toEqual([undefined, []]);
});

test("pages learn of what has changed, and not of time that passes or bytes under way", async () => {
  let answer = answered(session("w1"), session("w2"));
  const { lines, changed, again, ready } = begin({ r: () => answer });
  const next = async (...sessions: readonly unknown[]) => {
    answer = answered(...sessions);
    await again();
    return changed.splice(0);
  };
  await ready();
  expect(changed.splice(0)).toEqual(workers);
  expect(await next(session("w1", { waiting_bytes: 99 }), session("w2"))).toEqual([]);
  expect(await next(session("w1", { state: "waiting", down_seconds: 20 }), session("w2"))).toEqual(["w1"]);
  expect(await next(session("w1", { state: "waiting", down_seconds: 22 }), session("w2"))).toEqual([]);
  const more = { state: "waiting", down_seconds: 24, waiting_bytes: 7 };
  expect(await next(session("w1", more), session("w2"))).toEqual(["w1"]);
  const resumed = { at: "2026-01-02T03:04:05.000Z", after_seconds: 25.5 };
  expect(await next(session("w1", { resumed }), session("w2"))).toEqual(["w1"]);
  expect(lines.find(peerOf("w1"))).toEqual({
    lostAtMs: undefined,
    waitingBytes: 0,
    resumed: { atMs: Date.UTC(2026, 0, 2, 3, 4, 5), afterMs: 25_500 },
  });
  expect(await next(session("w2"))).toEqual(["w1"]);
  expect(lines.find(peerOf("w1"))).toBeUndefined();
});

test("a session that is not attached yet is no line", async () => {
  const sessions = ["attaching", "connecting"].map((state) => session("w1", { state }));
  const { lines, ready } = begin({ r: () => answered(...sessions, session("w2", { address: null })) });
  await ready();
  expect(workers.map((name) => lines.find(peerOf(name)))).toEqual([undefined, undefined]);
  expect(lines.troubles).toEqual([]);
});

const text = "<script>alert(1)</script>";
test.each<[string, unknown]>([
  ["nothing", null],
  ["a text", text],
  ["a worker's status", { pid: 1, workers: [] }],
  ["no list", { sessions: text }],
  ["a list of texts", { sessions: [text] }],
  ["a text as seconds", { sessions: [session("w1", { down_seconds: text })] }],
  ["seconds below zero", { sessions: [session("w1", { down_seconds: -1 })] }],
  ["more seconds than dates have", { sessions: [session("w1", { state: "waiting", down_seconds: 1e300 })] }],
  ["bytes without end", { sessions: [session("w1", { state: "waiting", waiting_bytes: 1e300 })] }],
  ["no time", { sessions: [session("w1", { resumed: { at: text, after_seconds: 1 } })] }],
  ["a time without end", { sessions: [session("w1", { resumed: { at: "2".repeat(1e6), after_seconds: 1 } })] }],
  ["a list as address", { sessions: [session("w1", { address: [peerOf("w1")] })] }],
])("an answer with %s is not used", async (_, status) => {
  const { lines, ready } = begin({ r: () => ({ state: "answered", status }) });
  await ready();
  expect(lines.troubles).toEqual(["the relay in r is of another version, or another program"]);
  expect(lines.find(peerOf("w1"))).toBeUndefined();
});

test("each relay whose lines are not known is named with the reason, and the others are shown", async () => {
  const { lines, ready, changed, again } = begin({
    a: () => ({ state: "nobody" }),
    b: () => ({ state: "unknown", reason: "no answer within 5 seconds" }),
    c: () => answered(session("w3")),
    d: () => answered(session("w1")),
    e: () => answered(),
  });
  await ready();
  expect(lines.troubles).toEqual([
    "the relay in a is not running",
    "the relay in b cannot be asked: no answer within 5 seconds",
    "the relay in c has workers, but none of them is attached to this master",
  ]);
  expect(lines.find(peerOf("w1"))).toBeDefined();
  expect(changed.splice(0)).toEqual(workers);
  await again();
  expect(changed).toEqual([]);
});

test("a relay is asked again only after it has answered, and not at all after the end", async () => {
  let answer: (answer: RelayAnswer) => void = () => {};
  const { lines, clock, asked, changed } = begin({ r: () => new Promise((resolve) => (answer = resolve)) });
  clock.advance(60_000);
  expect(asked()).toBe(1);
  lines.stop();
  answer(answered(session("w1", { state: "waiting" })));
  await new Promise((resolve) => setImmediate(resolve));
  expect([lines.find(peerOf("w1")), changed, clock.timerCount]).toEqual([undefined, [], 0]);
});

test("nothing is shown any more of a relay that is taken out of the configuration", async () => {
  const { lines, ready, changed, without, clock } = begin({
    gone: () => ({ state: "nobody" }),
    r: () => answered(session("w1")),
  });
  await ready();
  changed.splice(0);
  without();
  await poll("the change", () => changed.length > 0);
  expect([lines.troubles, lines.find(peerOf("w1")), changed, clock.timerCount]).toEqual([[], undefined, workers, 0]);
});
