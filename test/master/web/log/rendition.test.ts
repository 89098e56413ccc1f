import { expect, test } from "vitest";
import { rendition } from "../../../../src/master/web/log/rendition.ts";

test.each([
  ["31", { foreground: 1 }],
  ["97", { foreground: 15 }],
  ["44", { background: 4 }],
  ["103", { background: 11 }],
  ["1;4;33", { bold: true, underline: true, foreground: 3 }],
  ["38;5;196", { foreground: 9 }],
  ["48;5;21;1", { background: 4, bold: true }],
  ["38;2;255;0;0;3", { foreground: 9, italic: true }],
  ["38:2::0:255:0", { foreground: 10 }],
  ["38:2:0:255:0", { foreground: 10 }],
  ["38:5:226;9", { foreground: 11, strike: true }],
  ["38;5", {}],
  ["38;5;999;1", { bold: true }],
  ["38;2;1;2", {}],
  ["4:3", { underline: true }],
  ["7", { inverse: true }],
  ["8;5;73", {}],
  ["?25", {}],
  [">4;1", {}],
])("%s on plain text gives %j", (parameters, look) => {
  expect(rendition({}, parameters)).toEqual(look);
});

const all = { foreground: 1, background: 2, bold: true, faint: true, italic: true, underline: true } as const;

test.each([
  ["", {}],
  ["0", {}],
  ["39;49", { bold: true, faint: true, italic: true, underline: true }],
  ["22", { foreground: 1, background: 2, italic: true, underline: true }],
  ["23;24", { foreground: 1, background: 2, bold: true, faint: true }],
  ["4:0", { foreground: 1, background: 2, bold: true, faint: true, italic: true }],
  ["0;32", { foreground: 2 }],
])("%s resets all but %j", (parameters, look) => {
  expect(rendition(all, parameters)).toEqual(look);
});
