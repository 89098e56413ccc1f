import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { RetentionConfig } from "../../../src/master/master-config.ts";
import { CHUNK_BYTES, deflateText } from "../../../src/master/store/log-chunk.ts";
import { Store } from "../../../src/master/store/store.ts";
import { retention } from "../test-master.ts";
import { TestStore } from "./test-store.ts";

const stores: TestStore[] = [];

function open(limits: Partial<RetentionConfig> = {}): TestStore {
  const made = new TestStore(limits);
  stores.push(made);
  return made;
}

afterEach(() => {
  for (const store of stores.splice(0)) store.remove();
});

function texts(made: TestStore, log: number): readonly string[] {
  return made.store.logs.lines(log, 0, 1000).map(({ stream, text }) => `${stream}${text}`);
}

/** The store as another process finds it when this one is killed now. */
function afterKill(made: TestStore): TestStore {
  const copy = open();
  copy.store.close();
  for (const end of ["", "-wal"]) {
    copyFileSync(join(made.directory, `state.sqlite${end}`), join(copy.directory, `state.sqlite${end}`));
  }
  copy.store = new Store({ directory: copy.directory, retention: () => retention(), clock: copy.clock });
  return copy;
}

test("output beyond the limit of a log is counted and dropped, and the log says so", () => {
  const made = open({ logLimitBytes: 10 });
  const log = made.beginLog(made.beginBuild());
  made.store.logs.append(log, "o", Buffer.from("1234\n5678\n9\n"));
  made.store.logs.append(log, "o", Buffer.from("10\n11\n"));
  made.store.logs.finish(log);
  expect(texts(made, log)).toEqual([
    "o1234",
    "o5678",
    "hthis log has reached logLimit, 10 bytes; further output is dropped",
    "h3 lines (8 bytes) were dropped",
  ]);
});

test("the logs of all steps of a build share a limit, and those of another build do not", () => {
  const made = open({ buildLogLimitBytes: 10 });
  const build = made.beginBuild();
  const [one, two] = [made.beginLog(build), made.beginLog(build, "two")];
  made.store.logs.append(one, "o", Buffer.from("1234\n"));
  made.store.logs.append(two, "o", Buffer.from("5678\n90\n"));
  made.store.logs.append(one, "o", Buffer.from("12\n"));
  for (const log of [one, two]) made.store.logs.finish(log);
  const note = "hthe logs of this build have reached buildLogLimit, 10 bytes; further output is dropped";
  const dropped = "h1 lines (3 bytes) were dropped";
  expect(texts(made, one)).toEqual(["o1234", note, dropped]);
  expect(texts(made, two)).toEqual(["o5678", note, dropped]);
  const other = made.beginLog(made.beginBuild("b2"));
  made.store.logs.append(other, "o", Buffer.from("123456789\n"));
  expect(texts(made, other)).toEqual(["o123456789"]);
});

test("text without a final newline gets one", () => {
  const made = open();
  const log = made.beginLog(made.beginBuild());
  made.store.logs.append(log, "o", Buffer.from("no end"));
  made.store.logs.append(log, "o", Buffer.from(""));
  expect(texts(made, log)).toEqual(["ono end"]);
});

test("lines are on disk after a second, even if the chunk is not full", () => {
  const made = open();
  const log = made.beginLog(made.beginBuild());
  made.store.logs.append(log, "o", Buffer.from("early\n"));
  expect(texts(afterKill(made), log)).toEqual([]);
  made.clock.advance(1000);
  made.store.logs.append(log, "o", Buffer.from("in flight\n"));
  expect(texts(afterKill(made), log)).toEqual(["oearly"]);
  made.clock.advance(1000);
  expect(texts(afterKill(made), log)).toEqual(["oearly", "oin flight"]);
});

test("after a kill, logs are completed with a note, builds end RETRY, and their requests wait again", () => {
  const made = open();
  const build = made.beginBuild();
  const log = made.beginLog(build);
  made.store.logs.append(log, "o", Buffer.from("so far\n"));
  made.clock.advance(1000);
  const next = afterKill(made);
  expect(next.store.recover()).toMatchObject([{ builder: "b1", number: 1 }]);
  expect(texts(next, log)).toEqual(["oso far", "hthe master ended before this log was complete"]);
  expect(next.store.logs.ofStep(1)).toMatchObject([{ isComplete: true, lineCount: 2 }]);
  expect(next.store.builds.find("b1", 1)).toMatchObject({ result: "RETRY" });
  expect(next.store.requests.waiting()).toMatchObject([{ id: build.requestId }]);
  expect(next.store.recover()).toEqual([]);
});

test("logs of a step with similar names have different addresses", () => {
  const made = open();
  const build = made.beginBuild();
  made.beginLog(build, "a b");
  made.beginLog(build, "a-b");
  expect(made.store.logs.ofStep(1).map(({ slug }) => slug)).toEqual(["a-b", "a-b-2"]);
});

test("an unknown log has no lines", () => {
  const made = open();
  expect(made.store.logs.lines(99, 0, 10)).toEqual([]);
  expect(() => [...made.store.logs.text(99)]).toThrow("there is no line 1 of log 99 any more");
});

test("a log whose lines alternate between streams is stored in small chunks, so that its pages stay cheap", () => {
  const made = open();
  const log = made.beginLog(made.beginBuild());
  for (let line = 0; line < 3000; line++) made.store.logs.append(log, line % 2 ? "o" : "e", Buffer.from("x\n"));
  expect([...made.store.logs.text(log)].map((piece) => piece.length)).toEqual([2000, 2000, 2000]);
  expect(made.store.logs.lines(log, 1999, 2)).toEqual([
    { stream: "o", text: "x" },
    { stream: "e", text: "x" },
  ]);
});

/** As long as a whole chunk. */
function longLine(number: number): Buffer {
  return Buffer.from(`${number} ${"x".repeat(CHUNK_BYTES - 3)}\n`);
}

function appendLongLines(made: TestStore, log: number): void {
  for (let number = 0; number < 4; number++) made.store.logs.append(log, "o", longLine(number));
}

test("a text that is deleted while it is read does not end like a complete one", () => {
  const made = open();
  const build = made.beginBuild();
  const log = made.beginLog(build);
  appendLongLines(made, log);
  made.store.endBuild(build, { result: "SUCCESS", stateText: "succeeded" });
  made.reopen({ buildsPerBuilder: 0 });
  const pieces = made.store.logs.text(log);
  expect(pieces.next().done).toBe(false);
  while (made.store.deleteSome());
  expect(() => pieces.next()).toThrow(/^there is no line \d+ of log \d+ any more$/);
});

test("of a log that is damaged on disk, readable lines are shown, and the others say so", () => {
  const made = open();
  const log = made.beginLog(made.beginBuild());
  appendLongLines(made, log);
  made.store.logs.finish(log);
  made.store.close();
  const path = join(made.directory, "state.sqlite");
  const bytes = readFileSync(path);
  const at = bytes.indexOf(deflateText(longLine(1))) + 20;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  made.store = new Store({ directory: made.directory, retention: () => retention(), clock: made.clock });
  const damaged = "this line cannot be read: state.sqlite is damaged here";
  expect(texts(made, log).map((line) => line.slice(0, 80))).toEqual([
    expect.stringMatching(/^o0 x/),
    `h${damaged}`,
    expect.stringMatching(/^o2 x/),
    expect.stringMatching(/^o3 x/),
  ]);
  expect(Buffer.concat([...made.store.logs.text(log)]).toString()).toContain(`x\n${damaged}\n2 x`);
});
