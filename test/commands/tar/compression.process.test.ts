import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bzip2, gzip } from "../../../src/commands/tar/compression.ts";

let scratch: string;
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "buildhand-compression-"));
});
afterEach(() => {
  rmSync(scratch, { recursive: true });
});

/** Gives `count` chunks that cannot be compressed, and then ends or throws. */
async function* source(
  count: number,
  { error, ends = [] }: { error?: Error; ends?: string[] } = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for (let i = 0; i < count; i += 1) yield randomBytes(50_000);
    if (error !== undefined) throw error;
  } finally {
    ends.push("closed");
  }
}

async function collected(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

const compressors = [
  { name: "gzip", compress: gzip },
  { name: "bzip2", compress: (chunks: AsyncIterable<Uint8Array>) => bzip2(chunks, process.env) },
] as const;

describe.each(compressors)("$name", ({ name, compress }) => {
  it("compresses", async () => {
    const original = await collected(source(5));
    const chunks = [original.subarray(0, 100), original.subarray(100, 100), original.subarray(100)];
    const input = await collected(
      compress(
        (async function* () {
          yield* chunks;
        })(),
      ),
    );
    expect(execFileSync(name, ["-d", "-c"], { input, maxBuffer: 1_000_000 }).equals(original)).toBe(true);
  });

  it("compresses nothing at all", async () => {
    const input = await collected(compress(source(0)));
    expect(execFileSync(name, ["-d", "-c"], { input })).toHaveLength(0);
  });

  it("throws what its source throws, instead of ending", async () => {
    const error = new Error("a file became shorter");
    await expect(collected(compress(source(2, { error })))).rejects.toBe(error);
  });

  it("closes its source when the rest is not wanted", async () => {
    const ends: string[] = [];
    for await (const chunk of compress(source(1000, { ends }))) if (chunk.length > 0) break;
    expect(ends).toEqual(["closed"]);
  });
});

describe("bzip2 as a program", () => {
  it("is asked for when it is missing", async () => {
    const ends: string[] = [];
    await expect(collected(bzip2(source(1, { ends }), { PATH: scratch }))).rejects.toThrow(
      "cannot compress with bzip2: it is not installed; install it or use compress='gz'",
    );
  });

  it("reports why it failed", async () => {
    writeFileSync(join(scratch, "bzip2"), "#!/bin/sh\necho out of memory >&2\nexit 3\n");
    chmodSync(join(scratch, "bzip2"), 0o755);
    const environment = { PATH: `${scratch}:${process.env["PATH"]}` };
    await expect(collected(bzip2(source(20), environment))).rejects.toThrow("with bzip2: out of memory");
  });

  it("has its exit status reported when it prints nothing", async () => {
    writeFileSync(join(scratch, "bzip2"), "#!/bin/sh\ncat > /dev/null\nexit 3\n");
    chmodSync(join(scratch, "bzip2"), 0o755);
    const environment = { PATH: `${scratch}:${process.env["PATH"]}` };
    await expect(collected(bzip2(source(2), environment))).rejects.toThrow("with bzip2: it ended with 3");
  });
});
