import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { mkdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { JellyValue } from "../../src/wire/jelly/values.ts";
import { FakeWriter } from "../support/fake-files.ts";
import { type TransferPair, transferPair, updates } from "./transfer-pair.ts";

const TREE =
  "mkdir -p d/sub d/empty; echo one > d/one; echo two > d/sub/two; ln -s one d/link; mkfifo d/sub/pipe; find d -exec touch -h -d @1577934245 {} +";
const NAMES = ["/", "empty/", "link", "one", "sub/", "sub/pipe", "sub/two"];
/** More than a block of bzip2, and no smaller when it is compressed: there is more to send than a test takes. */
const RANDOM_BYTES = randomBytes(2_000_000);
const calls = (writer: FakeWriter) => writer.calls.map((call) => call.join(" "));

async function pairWithTree(environment: Record<string, string> = {}): Promise<TransferPair> {
  const pair = await transferPair(environment);
  execFileSync("/bin/sh", ["-c", TREE], { cwd: pair.directory });
  return pair;
}

function listed(archive: Buffer, ...flags: string[]): string[] {
  const command = ["--list", "--absolute-names", "--file=-", ...flags];
  return execFileSync("tar", command, { input: archive, encoding: "utf8" }).trimEnd().split("\n");
}

function upload(pair: TransferPair, writer: FakeWriter, args: Record<string, JellyValue> = {}) {
  return pair.run("uploadDirectory", { workersrc: "d", compress: null, blocksize: 4096, ...args }, { writer });
}

describe("uploadDirectory", () => {
  it.each([
    { compress: null, flags: [] },
    { compress: "gz", flags: ["--gzip"] },
    { compress: "bz2", flags: ["--bzip2"] },
  ])("sends an archive, compressed by $compress, to be unpacked", async ({ compress, flags }) => {
    const pair = await pairWithTree();
    const writer = new FakeWriter();
    const result = await upload(pair, writer, { compress });
    expect(listed(writer.content, ...flags)).toEqual(NAMES);
    expect(calls(writer).at(-1)).toBe("unpack");
    expect(result.updates).toEqual(updates({ header: `sending ${pair.directory}/d`, rc: 0 }));
    expect(result.failure).toBeNull();
  });

  it("fills every block but the last", async () => {
    const writer = new FakeWriter();
    await upload(await pairWithTree(), writer);
    expect(calls(writer)).toEqual(["write 4096", "write 4096", "write 2048", "unpack"]);
  });

  it("follows a link to the directory", async () => {
    const pair = await pairWithTree();
    execFileSync("ln", ["-s", "d", "l"], { cwd: pair.directory });
    const writer = new FakeWriter();
    await upload(pair, writer, { workersrc: "l" });
    expect(listed(writer.content)).toEqual(NAMES);
  });

  it("packs a single file in place of a directory", async () => {
    const pair = await pairWithTree();
    const writer = new FakeWriter();
    expect((await upload(pair, writer, { workersrc: "d/one" })).updates).toContainEqual(["rc", 0]);
    expect(writer.content.subarray(512, 516).toString()).toBe("one\n");
  });

  it("touches no file of the master when there is no directory", async () => {
    const pair = await pairWithTree();
    const writer = new FakeWriter();
    const result = await upload(pair, writer, { workersrc: "nothing" });
    expect(writer.calls).toEqual([]);
    const path = `${pair.directory}/nothing`;
    const stderr = `Cannot read directory '${path}' for upload: [Errno 2] No such file or directory: '${path}'`;
    expect(result.updates).toEqual(updates({ rc: 1, stderr }));
    expect(result.failure).toBeNull();
  });

  it("says which file could not be read, and does not unpack", async () => {
    const pair = await pairWithTree();
    const gone = join(pair.directory, "d/one");
    const writer = new FakeWriter({ beforeAnswer: (call) => void (call === 2 && rmSync(gone)) });
    const result = await upload(pair, writer, { blocksize: 512 });
    expect(calls(writer).at(-1)).toBe("close");
    const reason = `[Errno 2] No such file or directory: '${gone}'`;
    const stderr = `Cannot read directory '${pair.directory}/d' for upload: ${reason}`;
    expect(result.updates).toEqual(updates({ header: `sending ${pair.directory}/d`, rc: 1, stderr }));
    expect(result.failure).toBeNull();
  });

  it("says that a file became shorter, and does not unpack", async () => {
    const pair = await transferPair();
    await mkdir(join(pair.directory, "d"));
    const file = join(pair.directory, "d", "f");
    await writeFile(file, Buffer.alloc(10_000_000));
    const writer = new FakeWriter({ beforeAnswer: async (call) => void (call === 1 && (await truncate(file, 1))) });
    const result = await upload(pair, writer);
    expect(calls(writer).filter((call) => !call.startsWith("write"))).toEqual(["close"]);
    expect(result.updates.at(-1)?.[1]).toContain(`: '${file}' became shorter while it was read`);
    expect(result.failure).toBeNull();
  });

  it("closes an archive that is cut at the limit, and does not unpack it", async () => {
    const pair = await pairWithTree();
    const writer = new FakeWriter();
    const result = await upload(pair, writer, { maxsize: 5000 });
    expect(calls(writer)).toEqual(["write 4096", "write 904", "close"]);
    const stderr = `Maximum filesize reached, truncating file '${pair.directory}/d'`;
    expect(result.updates).toEqual(updates({ header: `sending ${pair.directory}/d`, rc: 1, stderr }));
  });

  it("unpacks an archive of just the limit", async () => {
    const writer = new FakeWriter();
    await upload(await pairWithTree(), writer, { maxsize: 10_240 });
    expect(calls(writer)).toEqual(["write 4096", "write 4096", "write 2048", "unpack"]);
  });

  it.each([null, "gz", "bz2"])(
    "stops when it is interrupted, compressed by %s, and unpacks nothing",
    async (compress) => {
      const pair = await transferPair();
      await mkdir(join(pair.directory, "d"));
      await writeFile(join(pair.directory, "d", "f"), RANDOM_BYTES);
      const writer = new FakeWriter({
        heldUntilCall: 2,
        beforeAnswer: async (call) => void (call === 2 && (await pair.interrupt())),
      });
      const result = await upload(pair, writer, { compress, blocksize: 100 });
      expect(calls(writer)).toEqual(["write 100", "write 100", "close"]);
      expect(result.updates).toEqual([
        ["header", `sending ${pair.directory}/d\n`],
        ["rc", 1],
      ]);
      expect(result.failure).toBeNull();
    },
  );

  it.each([
    { failing: "write", sent: ["write 4096", "write 4096", "close"] },
    { failing: "unpack", sent: ["write 4096", "write 4096", "write 2048", "unpack"] },
  ])("completes once, with a failure, when the master's $failing fails", async ({ failing, sent }) => {
    const pair = await pairWithTree();
    const writer = new FakeWriter({ failing: [failing], heldUntilCall: 2 });
    const result = await upload(pair, writer);
    expect(calls(writer)).toEqual(sent);
    expect(result.updates).toEqual(updates({ header: `sending ${pair.directory}/d`, rc: 1 }));
    expect(result.failure?.[1]).toContain(`the peer's ${failing} failed`);
    expect(result.completions).toBe(1);
  });

  it("says what to do when there is no bzip2", async () => {
    const pair = await pairWithTree({ PATH: "/nowhere" });
    const writer = new FakeWriter();
    const result = await upload(pair, writer, { compress: "bz2" });
    expect(calls(writer)).toEqual(["close"]);
    expect(result.updates.at(-1)?.[1]).toContain("cannot compress with bzip2: it is not installed; install it");
    expect(result.failure).toBeNull();
  });
});

describe("upload_directory", () => {
  it("takes a path that is ready to use", async () => {
    const pair = await pairWithTree();
    const writer = new FakeWriter();
    const args = { path: join(pair.directory, "d"), compress: null };
    expect((await pair.run("upload_directory", args, { writer })).updates).toContainEqual(["rc", 0]);
  });
});
