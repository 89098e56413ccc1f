import { describe, expect, it } from "vitest";
import { codecOf } from "../../../src/base/encoding/python-codec-names.ts";

describe("codecOf", () => {
  it.each([
    ["utf-8", "utf-8"],
    ["UTF8", "utf-8"],
    [" utf_8 ", "utf-8"],
    ["U8", "utf-8"],
    ["utf-8-sig", "utf-8-sig"],
    ["us-ascii", "ascii"],
    ["ANSI_X3.4-1968", "ascii"],
    ["Latin-1", "iso8859-1"],
    ["ISO-8859-1", "iso8859-1"],
    ["ISO_8859-1:1987", "iso8859-1"],
    ["l1", "iso8859-1"],
    ["windows-1252", "cp1252"],
    ["Shift-JIS", "shift_jis"],
    ["sjis", "shift_jis"],
    ["EUC-JP", "euc_jp"],
    ["utf-16", "utf-16"],
    ["UTF-32BE", "utf-32-be"],
    ["936", "gbk"],
  ])("knows %j as %s", (name, known) => {
    expect(codecOf(name)?.name).toBe(known);
  });

  it.each(["", " ", "-", "nonsense", "utf-9", "hex", "base64", "rot13", "binary", "ucs2", "constructor"])(
    "does not know %j",
    (name) => {
      expect(codecOf(name)).toBeUndefined();
    },
  );
});
