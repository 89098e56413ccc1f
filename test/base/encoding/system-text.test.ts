import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPlain, shownText, systemBytes, systemPath, systemText } from "../../../src/base/encoding/system-text.ts";
import { utf8 } from "../../../src/base/encoding/text-encoding.ts";
import { encodingNamed } from "./encodings.ts";

describe("system text", () => {
  it("is the text itself where the bytes are UTF-8", () => {
    expect(systemText(Buffer.from("aé😀"))).toBe("aé😀");
    expect(systemBytes("aé😀")).toEqual(Buffer.from("aé😀"));
    expect(isPlain("aé😀")).toBe(true);
  });

  it("has a lone surrogate for each byte that is none", () => {
    expect(systemText(Buffer.from([0x61, 0xe9, 0xc3, 0xa9, 0xff]))).toBe("a\udce9é\udcff");
    expect(isPlain("a\udce9")).toBe(false);
  });

  it("takes what only looks like UTF-8, such as a surrogate's bytes, for single bytes", () => {
    expect(systemText(Buffer.from([0xed, 0xa0, 0x80]))).toBe("\udced\udca0\udc80");
  });

  it("gives any bytes back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(systemBytes(systemText(Buffer.from(bytes)))).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it("joins to the text of the joined bytes, as far as its bytes go", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 8 }), fc.uint8Array({ maxLength: 8 }), (one, other) => {
        const joined = systemText(Buffer.from(one)) + systemText(Buffer.from(other));
        expect(systemBytes(joined)).toEqual(Buffer.concat([one, other]));
      }),
    );
  });

  it("is a path that Node takes as it is meant", () => {
    expect(systemPath("/é")).toBe("/é");
    expect(systemPath("/\udce9")).toEqual(Buffer.from([0x2f, 0xe9]));
  });

  it("is shown in an encoding, never as lone surrogates", async () => {
    const latin1 = await encodingNamed("latin-1");
    expect(shownText("é", utf8)).toBe("é");
    expect(shownText("a\udce9", utf8)).toBe("a\ufffd");
    expect(shownText("a\udce9", latin1)).toBe("aé");
    expect(shownText("é", latin1)).toBe("Ã©");
  });
});
