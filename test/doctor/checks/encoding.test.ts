import { expect, it } from "vitest";
import { judgeEncoding } from "../../../src/doctor/checks/encoding.ts";
import { said } from "../said.ts";

const ASCII = "ANSI_X3.4-1968";

it.each([
  ["LANG=C.UTF-8", "UTF-8", "fine text is in UTF-8 (LANG=C.UTF-8)"],
  ["LANG=de_DE", "ISO-8859-1", "fine text is in ISO-8859-1 (LANG=de_DE)"],
  ["LANG=C", ASCII, "encoding-ascii text is in ASCII (LANG=C)"],
  [undefined, ASCII, "encoding-ascii text is in ASCII (none of LC_ALL, LC_CTYPE and LANG is set)"],
  ["LC_ALL=xx.UTF-8", ASCII, "encoding-ascii text is in ASCII (LC_ALL=xx.UTF-8): this locale is not installed"],
  ["LANG=C", undefined, "note the locale is unknown: LANG=C"],
])("the locale %s with the encoding %s", (variable, charmap, expected) => {
  expect(said(judgeEncoding({ variable, charmap }))).toEqual([expected]);
});
