import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { md5 } from "../../src/base/md5.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("MD5", () => {
  // RFC 1321, appendix A.5
  it.each([
    ["", "d41d8cd98f00b204e9800998ecf8427e"],
    ["a", "0cc175b9c0f1b6a831c399e269772661"],
    ["message digest", "f96b697d7cb7938d525a2f31aaf161d0"],
    [
      "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
      "57edf4a22be3c955ac49da2e2107b67a",
    ],
  ])("of %j is the digest of the RFC", (text, digest) => {
    expect(hex(md5(Buffer.from(text)))).toBe(digest);
  });

  it("is the platform's for every length around the block borders", () => {
    for (let length = 0; length < 200; length += 1) {
      const bytes = Buffer.alloc(length, length);
      expect(hex(md5(bytes))).toBe(createHash("md5").update(bytes).digest("hex"));
    }
  });
});
