import { describe, expect, it } from "vitest";
import { paddingBehind, type TarEntry, tarHeader } from "../../../src/commands/tar/header.ts";

const PLAIN: TarEntry = {
  type: "file",
  name: Buffer.from("a"),
  linkName: Buffer.alloc(0),
  mode: 0o644n,
  uid: 0n,
  gid: 0n,
  userName: "root",
  groupName: "root",
  sizeBytes: 2n,
  modifiedNs: 1_700_000_001_000_000_000n,
  deviceMajor: 0n,
  deviceMinor: 0n,
};

describe("a tar header", () => {
  it("of a plain file is one block, field by field", () => {
    const header = tarHeader(PLAIN).toString("latin1");
    expect(header).toHaveLength(512);
    expect(header.slice(0, 100)).toBe(`a${"\0".repeat(99)}`);
    expect(header.slice(100, 148)).toBe("0000644\x000000000\x000000000\x0000000000002\x0014524770401\0");
    expect(header.slice(148, 157)).toMatch(/^[0-7]{6}\0 0$/);
    expect(header.slice(257, 345)).toBe(`ustar\x0000root${"\0".repeat(28)}root${"\0".repeat(28)}0000000\x000000000\0`);
    expect(header.slice(345)).toBe("\0".repeat(167));
  });

  it("has the sum of its bytes, with its own field as spaces", () => {
    const header = tarHeader(PLAIN);
    const sum = Number.parseInt(header.toString("latin1", 148, 154), 8);
    header.fill(" ", 148, 156);
    expect(header.reduce((total, byte) => total + byte, 0)).toBe(sum);
  });

  it.each([
    ["a name of 101 bytes", { name: Buffer.alloc(101, "n") }, `111 path=${"n".repeat(101)}\n`],
    ["a name that is not ASCII", { name: Buffer.from("é") }, "11 path=é\n"],
    ["a long target", { type: "symbolic link", linkName: Buffer.alloc(101, "n") }, `115 linkpath=${"n".repeat(101)}\n`],
    ["a large user number", { uid: 0o10000000n }, "15 uid=2097152\n"],
    ["a large group number", { gid: 4_294_967_294n }, "18 gid=4294967294\n"],
    ["8 GiB", { sizeBytes: 8n ** 11n }, "19 size=8589934592\n"],
    ["a fraction of a second", { modifiedNs: 1_500_000_000n }, "13 mtime=1.5\n"],
    ["a time in the year 2242", { modifiedNs: 8n ** 11n * 1_000_000_000n }, "20 mtime=8589934592\n"],
    ["a time before 1970", { modifiedNs: -1_000_000_000n }, "12 mtime=-1\n"],
    ["a user with another script", { userName: "jürgen" }, "17 uname=jürgen\n"],
  ] as const)("says in an extended header what does not fit: %s", (_, changes, records) => {
    const header = tarHeader({ ...PLAIN, ...changes });
    expect(header).toHaveLength(3 * 512);
    expect(header.toString("latin1", 156, 157)).toBe("x");
    expect(header.subarray(512, 512 + Buffer.byteLength(records)).toString()).toBe(records);
  });

  it.each([
    ["a name of 100 bytes", { name: Buffer.alloc(100, "n") }],
    ["one byte less than 8 GiB", { sizeBytes: 8n ** 11n - 1n }],
    ["the largest user number", { uid: 0o7777777n }],
  ])("needs no extended header for %s", (_, changes) => {
    expect(tarHeader({ ...PLAIN, ...changes })).toHaveLength(512);
  });
});

describe("the padding behind a content", () => {
  it.each([
    [0n, 0],
    [1n, 511],
    [511n, 1],
    [512n, 0],
    [513n, 511],
  ])("of %d bytes has %d", (sizeBytes, padding) => {
    expect(paddingBehind(sizeBytes)).toHaveLength(padding);
  });
});
