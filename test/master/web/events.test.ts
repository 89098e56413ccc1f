import { expect, test } from "vitest";
import type { Change } from "../../../src/master/master-view.ts";
import { concerns, Events, HEARTBEAT_MS, type Topic, WATCHERS_AT_MOST } from "../../../src/master/web/events.ts";
import { eventsPath, topicOf } from "../../../src/master/web/events-path.ts";
import { FakeMasterView } from "../../support/fake-master-view.ts";
import { ManualClock } from "../../support/manual-clock.ts";

const build: Change = { type: "build", builder: "demo", number: 5 };
const log: Change = { type: "log", builder: "demo", number: 5, step: 1, logId: 9 };
const builder: Change = { type: "builder", builder: "demo" };
const worker: Change = { type: "worker", worker: "w" };

test.each<[string, Topic, readonly Change[]]>([
  ["of everything", {}, [builder, build, worker]],
  ["of a builder", { builder: "demo" }, [builder, build]],
  ["of another builder", { builder: "other" }, []],
  ["of a build", { builder: "demo", number: 5 }, [build, log, worker]],
  ["of another build", { builder: "demo", number: 6 }, [worker]],
  ["of a log", { builder: "demo", number: 5, logId: 9 }, [build, log]],
  ["of another log", { builder: "demo", number: 5, logId: 8 }, [build]],
  ["of a worker", { worker: "w" }, [build, worker]],
  ["of another worker", { worker: "v" }, [build]],
])("a page %s is notified of its changes", (_page, topic, expected) => {
  expect([builder, build, log, worker].filter((change) => concerns(change, topic))).toEqual(expected);
  const path = eventsPath(topic);
  expect(topicOf(new URL(path, "http://localhost").searchParams)).toEqual(topic);
});

function opened(topic: Topic = {}) {
  const clock = new ManualClock();
  const view = new FakeMasterView();
  const events = new Events(view, clock);
  const stream = events.open(topic);
  if (stream === undefined) throw new Error("no stream");
  const reader = stream.getReader();
  const next = async () => {
    const { done, value } = await reader.read();
    return done ? "the end" : new TextDecoder().decode(value);
  };
  return { clock, view, events, reader, next };
}

test("many changes become one event", async () => {
  const { clock, view, next, events } = opened();
  expect(await next()).toBe("retry: 2000\n\n");
  const first = next();
  for (let n = 0; n < 500; n += 1) view.publish(build);
  clock.advance(200);
  expect(await first).toBe("data: changed\n\n");
  const second = next();
  clock.advance(HEARTBEAT_MS);
  expect(await second).toBe(": still here\n\n");
  events.close();
});

test("events that a slow browser did not read become one", async () => {
  const { clock, view, next, events } = opened();
  await next();
  view.publish(build);
  clock.advance(200);
  view.publish(worker);
  clock.advance(200);
  expect(await next()).toBe("data: changed\n\n");
  const beat = next();
  clock.advance(HEARTBEAT_MS);
  expect(await beat).toBe(": still here\n\n");
  events.close();
});

test("a browser that does not read a heartbeat is dropped at the next", async () => {
  const { clock, events, next } = opened();
  await next();
  clock.advance(HEARTBEAT_MS);
  expect(events.watcherCount).toBe(1);
  clock.advance(HEARTBEAT_MS);
  expect(events.watcherCount).toBe(0);
  await expect(next()).rejects.toThrow("the browser does not read");
  events.close();
});

test("the number of streams is limited, and closing one makes room", async () => {
  const { events, reader } = opened();
  const more = Array.from({ length: WATCHERS_AT_MOST }, () => events.open({}));
  expect(more.filter((stream) => stream === undefined)).toHaveLength(1);
  await reader.cancel();
  expect(events.open({})).toBeDefined();
  events.close();
});

test("closing ends every stream, unsubscribes and leaves no timer", async () => {
  const { clock, view, events, next } = opened();
  await next();
  const last = next();
  view.publish(build);
  events.close();
  expect(await last).toBe("the end");
  expect([view.listenerCount, clock.timerCount, events.watcherCount]).toEqual([0, 0, 0]);
  expect(events.open({})).toBeUndefined();
});
