import { describe, expect, it } from "vitest";
import { paxRecords, paxTime } from "../../../src/commands/tar/pax.ts";

describe("a pax record", () => {
  it.each([1, 91, 92, 93, 94, 95, 990, 991, 992, 993, 994])("begins with its own length for %d bytes", (length) => {
    const records = paxRecords(new Map([["path", Buffer.alloc(length, "n")]]));
    expect(Number.parseInt(records.toString(), 10)).toBe(records.length);
    expect(records.toString().endsWith("n\n")).toBe(true);
  });

  it("of bytes that are not UTF-8 is announced", () => {
    const records = paxRecords(new Map([["path", Buffer.from([0x61, 0xff])]]));
    expect(records.toString("latin1")).toBe("21 hdrcharset=BINARY\n11 path=a\xff\n");
  });

  it("of text in another script is plain UTF-8", () => {
    expect(paxRecords(new Map([["path", Buffer.from("grün")]])).toString()).toBe("14 path=grün\n");
  });
});

describe("a time in a pax record", () => {
  it.each([
    [0n, "0"],
    [1_700_000_001_500_000_000n, "1700000001.5"],
    [1_700_000_001_000_000_001n, "1700000001.000000001"],
    [-5_000_000_000n, "-5"],
    [-500_000_000n, "-0.5"],
  ])("of %d ns is %s s", (timeNs, text) => {
    expect(paxTime(timeNs)).toBe(text);
  });
});
