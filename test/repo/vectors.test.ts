// The recorded sessions are whole: their bytes, cut at the messages' offsets, are exactly the messages.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

interface Recording {
  readonly events: readonly { conn: number; dir: string; hex?: string }[];
  readonly messages: readonly { conn: number; dir: string; offset: number; length: number }[];
}

const names = [...readdirSync("test/vectors/sessions").map((name) => `sessions/${name}`), "pb-fakemaster.json"];

test.each(names)("%s has exactly the bytes of its messages", (name) => {
  const recording: Recording = JSON.parse(readFileSync(`test/vectors/${name}`, "utf8"));
  const streams = new Map<string, number>();
  for (const { conn, dir, hex = "" } of recording.events) {
    expect(hex).toMatch(/^(?:[0-9a-f]{2})*$/);
    if (hex !== "") streams.set(`${conn} ${dir}`, (streams.get(`${conn} ${dir}`) ?? 0) + hex.length / 2);
  }
  const ends = new Map<string, number>();
  for (const { conn, dir, offset, length } of recording.messages) {
    expect(offset).toBe(ends.get(`${conn} ${dir}`) ?? 0);
    ends.set(`${conn} ${dir}`, offset + length);
  }
  expect(ends).toEqual(streams);
});
