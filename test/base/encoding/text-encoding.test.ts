import { describe, expect, it } from "vitest";
import { openTextEncoding } from "../../../src/base/encoding/open-encoding.ts";
import { utf8 } from "../../../src/base/encoding/text-encoding.ts";
import { encodingNamed } from "./encodings.ts";

describe("openTextEncoding", () => {
  it("gives the one UTF-8 for all of its names", async () => {
    expect(await openTextEncoding("UTF-8")).toBe(utf8);
    expect(await openTextEncoding("utf8")).toBe(utf8);
  });

  it("gives nothing for a name that Python does not know", async () => {
    expect(await openTextEncoding("nonsense")).toBeUndefined();
  });

  it("returns nothing for an unsupported encoding of Python", async () => {
    expect(await openTextEncoding("iso2022_jp")).toBeUndefined();
  });
});

describe("encoding", () => {
  it.each([
    ["utf-8", "é語😀", "c3a9e8aa9ef09f9880"],
    ["ascii", "az~", "617a7e"],
    ["latin-1", "aéÿ", "61e9ff"],
    ["cp1252", "€é", "80e9"],
    ["iso8859-15", "€", "a4"],
    ["shift_jis", "日本", "93fa967b"],
    ["euc_jp", "日本", "c6fccbdc"],
    ["gb18030", "日😀", "c8d59439fc36"],
    // In UTF-16 a word would hold NULs, in utf-8-sig a mark that no program expects.
    ["utf-16", "aé", "61c3a9"],
    ["utf-32-be", "aé", "61c3a9"],
    ["utf-8-sig", "aé", "61c3a9"],
  ])("writes text in %s", async (name, text, hex) => {
    expect((await encodingNamed(name)).encode(text)?.toString("hex")).toBe(hex);
  });

  it.each([
    ["ascii", "é"],
    ["latin-1", "€"],
    ["cp1252", "語"],
    ["shift_jis", "é"],
    ["gb2312", "😀"],
    ["utf-8", "a\ud800"],
  ])("refuses in %s what it has no bytes for", async (name, text) => {
    expect((await encodingNamed(name)).encode(text)).toBeUndefined();
  });
});

describe("decoding", () => {
  it.each([
    ["ascii", "61ff62", "a\ufffdb"],
    ["latin-1", "61ff80", "aÿ\u0080"],
    ["cp1252", "808d", "€\ufffd"],
    ["shift_jis", "93fa967b", "日本"],
    ["utf-8", "efbbbf61", "\ufeffa"],
    ["utf-8-sig", "efbbbf61efbbbf", "a\ufeff"],
    ["utf-16", "fffe6100", "a"],
    ["utf-16", "feff0061", "a"],
    ["utf-16", "6100fffe", "a\ufeff"],
    ["utf-16-le", "fffe6100", "\ufeffa"],
    ["utf-16-be", "d83dde00", "😀"],
    ["utf-16-be", "de00d83d0061", "\ufffd\ufffda"],
    ["utf-16-le", "3dd8", "\ufffd"],
    ["utf-16-le", "610062", "a\ufffd"],
    ["utf-32", "fffe000000f60100", "😀"],
    ["utf-32", "0000feff0001f600", "😀"],
    ["utf-32-le", "00d800000000110061000000", "\ufffd\ufffda"],
  ])("reads %s bytes %s", async (name, hex, text) => {
    expect((await encodingNamed(name)).decode(Buffer.from(hex, "hex"))).toBe(text);
  });
});
