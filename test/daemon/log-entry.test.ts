import { afterEach, describe, expect, it } from "vitest";
import { localTimestamp, logEntry, readEntries } from "../../src/daemon/log-entry.ts";

const zoneBefore = process.env["TZ"];
const date = new Date("2026-11-23T21:42:06Z");

afterEach(() => {
  if (zoneBefore === undefined) delete process.env["TZ"];
  else process.env["TZ"] = zoneBefore;
});

describe("the time of an entry", () => {
  it.each([
    ["UTC", "2026-11-23T21:42:06Z", "2026-11-23 21:42:06+0000"],
    ["Europe/Berlin", "2026-11-23T21:42:06Z", "2026-11-23 22:42:06+0100"],
    ["Europe/Berlin", "2026-07-01T21:42:06Z", "2026-07-01 23:42:06+0200"],
    ["Asia/Kolkata", "2026-11-23T21:42:06Z", "2026-11-24 03:12:06+0530"],
    ["Asia/Kathmandu", "2026-11-23T21:42:06Z", "2026-11-24 03:27:06+0545"],
    ["America/St_Johns", "2026-01-02T03:04:05Z", "2026-01-01 23:34:05-0330"],
    ["America/New_York", "2026-03-08T06:59:59Z", "2026-03-08 01:59:59-0500"],
    ["America/New_York", "2026-03-08T07:00:00Z", "2026-03-08 03:00:00-0400"],
    ["Pacific/Marquesas", "2026-11-23T21:42:06Z", "2026-11-23 12:12:06-0930"],
    ["Pacific/Kiritimati", "2026-11-23T21:42:06Z", "2026-11-24 11:42:06+1400"],
  ])("in %s at %s is %s", (zone, instant, expected) => {
    process.env["TZ"] = zone;
    expect(localTimestamp(new Date(instant))).toBe(expected);
  });
});

describe("an entry", () => {
  it.each([
    ["text", "text"],
    ["", ""],
    ["a\nb\n", "a\n\tb\n\t"],
    ["a\r\nb", "a\n\tb"],
    ["a\tb", "a\tb"],
    ["\x1b[2J\r\0\x7f\x9b\b", String.raw`\x1b[2J\x0d\x00\x7f\x9b\x08`],
    ["é😀\u2028", "é😀\u2028"],
  ])("of %j holds %j", (text, expected) => {
    process.env["TZ"] = "UTC";
    expect(logEntry({ text, system: "-", date })).toBe(`2026-11-23 21:42:06+0000 [-] ${expected}\n`);
  });

  it("says where it comes from, on one line", () => {
    process.env["TZ"] = "UTC";
    const entry = logEntry({ text: "x", system: "Broker,\nclient\x07", date });
    expect(entry).toBe(`2026-11-23 21:42:06+0000 [${String.raw`Broker, client\x07`}] x\n`);
  });
});

describe("an entry in JSON", () => {
  it("is one line with time, worker and message, whatever they hold", () => {
    const text = 'a "quote"\nand\x1b[2J\x7f\x9b \ud800 end';
    const line = logEntry({ text, system: "w1", date, format: "json" });
    expect(line).toMatch(/^[\x20-\x7e]+\n$/);
    expect(JSON.parse(line)).toEqual({ time: "2026-11-23T21:42:06.000Z", worker: "w1", message: text });
  });

  it("names no worker where there is only one", () => {
    expect(Object.keys(JSON.parse(logEntry({ text: "a", system: "-", date, format: "json" })))).toEqual([
      "time",
      "message",
    ]);
  });
});

it("entries are read back in every format, and what is no whole entry is left out", () => {
  const entries = (["observer", "runner", "json"] as const).flatMap((format) =>
    ["-", "w1"].map((system) => logEntry({ text: `TCP: no [answer]\nmore`, system, date, format })),
  );
  const read = readEntries(`half of a line\n${entries.join("")}{"time":"2026","mess`);
  expect(read.map(({ system }) => system)).toEqual(["-", "w1", "-", "w1", "-", "w1"]);
  expect(read.map(({ text }) => text.split("\n")[0])).toEqual(Array(6).fill("TCP: no [answer]"));
});
