import { expect, test } from "vitest";
import { ago, agoWords, counted, sizeText, timeAndAgo, took } from "../../../src/master/web/times.ts";

const NOW_MS = Date.UTC(2026, 10, 26, 12);
const MINUTE_MS = 60_000;

test.each([
  [500, "just now"],
  [12_000, "12 seconds ago"],
  [MINUTE_MS, "1 minute ago"],
  [59.9 * MINUTE_MS, "59 minutes ago"],
  [120 * MINUTE_MS, "2 hours ago"],
  [26 * 60 * MINUTE_MS, "yesterday"],
  [5 * 24 * 60 * MINUTE_MS, "5 days ago"],
  [40 * 24 * 60 * MINUTE_MS, "on 2026-10-17"],
  [-5 * MINUTE_MS, "in 5 minutes"],
])("%d milliseconds ago is shown as %j", (ms, words) => {
  expect(agoWords(NOW_MS - ms, NOW_MS)).toBe(words);
});

test("a time is readable for machines and people", () => {
  const at = NOW_MS - 3 * MINUTE_MS;
  expect(String(ago(at, NOW_MS))).toBe(
    '<time datetime="2026-11-26T11:57:00.000Z" title="2026-11-26 11:57:00 UTC">3 minutes ago</time>',
  );
  expect(String(timeAndAgo(at, NOW_MS))).toBe(
    '<time datetime="2026-11-26T11:57:00.000Z">2026-11-26 11:57:00 UTC</time> (3 minutes ago)',
  );
});

test("a duration is shown in words, and is zero when the clock was set back", () => {
  expect(String(took(NOW_MS, NOW_MS + 94_000))).toBe('<time datetime="PT94.000S">1 min 34 s</time>');
  expect(String(took(NOW_MS, NOW_MS - 5000))).toBe('<time datetime="PT0.000S">0 s</time>');
});

test.each([
  [0, "0 bytes"],
  [1, "1 byte"],
  [1023, "1,023 bytes"],
  [1536, "1.5 KiB"],
  [104_857_600, "100 MiB"],
  [5 * 1024 ** 4, "5.0 TiB"],
  [5000 * 1024 ** 4, "5000 TiB"],
])("%d bytes are %j", (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});

test("counts have thousands separators", () => {
  expect([counted(1, "line"), counted(1_200_000, "line")]).toEqual(["1 line", "1,200,000 lines"]);
});
