import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { FakeReader } from "../support/fake-files.ts";
import { poll } from "../support/poll.ts";
import { transferPair, updates } from "./transfer-pair.ts";

const CONTENT = Buffer.from(Array.from({ length: 2500 }, (_, i) => i % 256));
const calls = (reader: FakeReader) => reader.calls.map((call) => call.join(" "));
const modeOf = async (path: string) => ((await stat(path)).mode & 0o7777).toString(8);

describe("downloadFile", () => {
  it("receives a file in blocks, several ahead, with the directories above it", async () => {
    const { run, directory } = await transferPair();
    const reader = new FakeReader(CONTENT, { heldUntilCall: 2 });
    const result = await run("downloadFile", { workerdest: "new/deep/f", mode: null }, { reader });
    expect(new Set(calls(reader))).toEqual(new Set(["read 1000", "close"]));
    expect(calls(reader).at(-1)).toBe("close");
    expect(reader.mostAtOnce).toBeGreaterThan(1);
    expect((await readFile(join(directory, "new/deep/f"))).equals(CONTENT)).toBe(true);
    expect(result.updates).toEqual(updates({ rc: 0 }));
    expect(result.failure).toBeNull();
  });

  it("receives an empty file", async () => {
    const { run, directory } = await transferPair();
    await run("downloadFile", { workerdest: "f", mode: null }, { reader: new FakeReader(Buffer.alloc(0)) });
    expect((await stat(join(directory, "f"))).size).toBe(0);
  });

  it("asks for no block that is larger than one string of the protocol may be", async () => {
    const { run } = await transferPair();
    const reader = new FakeReader(CONTENT);
    await run("downloadFile", { workerdest: "f", mode: null, blocksize: 10_000_000 }, { reader });
    expect(calls(reader)).toEqual(["read 655360", "read 655360", "close"]);
  });

  it.each([
    { maxsize: 1500, reads: ["read 1000", "read 501"], rc: 1, size: 1500 },
    { maxsize: 2000, reads: ["read 1000", "read 1000", "read 1"], rc: 1, size: 2000 },
    { maxsize: 2500, reads: ["read 1000", "read 1000", "read 501", "read 1"], rc: 0, size: 2500 },
    { maxsize: 2501, reads: ["read 1000", "read 1000", "read 502", "read 2"], rc: 0, size: 2500 },
    { maxsize: 0, reads: ["read 1"], rc: 1, size: 0 },
  ])("ends with rc $rc for 2500 bytes and a limit of $maxsize", async ({ maxsize, reads, rc, size }) => {
    const { run, directory } = await transferPair();
    const reader = new FakeReader(CONTENT);
    const result = await run("downloadFile", { workerdest: "f", mode: null, maxsize }, { reader });
    expect(calls(reader)).toEqual([...reads, "close"]);
    const stderr = `Maximum filesize reached, truncating file '${directory}/f'`;
    expect(result.updates).toEqual(updates(rc === 0 ? { rc } : { rc, stderr }));
    expect((await stat(join(directory, "f"))).size).toBe(size);
  });

  it("gives the file its mode before the first byte is read from the master", async () => {
    const { run, directory } = await transferPair();
    const modes: string[] = [];
    const reader = new FakeReader(CONTENT, {
      beforeAnswer: async (call) => {
        const [name] = await readdir(directory);
        if (call === 1) modes.push(await modeOf(join(directory, name!)));
      },
    });
    await run("downloadFile", { workerdest: "f", mode: 0o4751, blocksize: 5000 }, { reader });
    expect(modes).toEqual(["4751"]);
    expect(await modeOf(join(directory, "f"))).toBe("4751");
  });

  it.each([
    { failing: ["read"], interruptAtCall: 0, rc: 1 },
    { failing: [], interruptAtCall: 2, rc: 1 },
  ])(
    "leaves what was there, and nothing else, when it fails or is interrupted",
    async ({ interruptAtCall, ...end }) => {
      const { run, directory, interrupt } = await transferPair();
      await writeFile(join(directory, "f"), "old");
      const beforeAnswer = async (call: number) => void (call === interruptAtCall && (await interrupt()));
      const reader = new FakeReader(CONTENT, { failing: end.failing, beforeAnswer });
      const result = await run("downloadFile", { workerdest: "f", mode: null }, { reader });
      expect(result.updates).toContainEqual(["rc", end.rc]);
      expect(await readdir(directory)).toEqual(["f"]);
      expect(await readFile(join(directory, "f"), "utf8")).toBe("old");
    },
  );

  it("shows the old file until the new one is complete", async () => {
    const { run, directory } = await transferPair();
    await writeFile(join(directory, "f"), "old");
    const seen: string[] = [];
    const reader = new FakeReader(CONTENT, {
      beforeAnswer: async (call) => void (call <= 3 && seen.push(await readFile(join(directory, "f"), "utf8"))),
    });
    await run("downloadFile", { workerdest: "f", mode: null }, { reader });
    expect(seen).toEqual(["old", "old", "old"]);
    expect((await readFile(join(directory, "f"))).equals(CONTENT)).toBe(true);
  });

  it("gives a file that was there the mode that was asked for, and leaves it without", async () => {
    const { run, directory } = await transferPair();
    await writeFile(join(directory, "f"), "x".repeat(5000));
    await chmod(join(directory, "f"), 0o640);
    await run("downloadFile", { workerdest: "f", mode: null }, { reader: new FakeReader(CONTENT) });
    expect(await modeOf(join(directory, "f"))).toBe("640");
    expect((await stat(join(directory, "f"))).size).toBe(2500);
    await run("downloadFile", { workerdest: "f", mode: 0 }, { reader: new FakeReader(CONTENT) });
    expect(await modeOf(join(directory, "f"))).toBe("0");
  });

  it.each(["directory", "file/below"])("says that %s cannot be opened, and reads nothing", async (name) => {
    const { run, directory } = await transferPair();
    await mkdir(join(directory, "directory"));
    await writeFile(join(directory, "file"), "");
    const reader = new FakeReader(CONTENT);
    const result = await run("downloadFile", { workerdest: name, mode: null }, { reader });
    expect(calls(reader)).toEqual(["close"]);
    const stderr = `Cannot open file '${directory}/${name}' for download`;
    expect(result.updates).toEqual(updates({ rc: 1, stderr }));
    expect(result.failure).toBeNull();
  });

  it.each([
    ["file/deeper/below", "builtins.NotADirectoryError", /^\[Errno 20\] Not a directory: '.*file\/deeper'$/],
    ["/proc/nowhere/f", "builtins.FileNotFoundError", /^\[Errno 2\] No such file or directory: '\/proc\/nowhere'$/],
  ])("fails when the directories for %s cannot be made", async (name, type, message) => {
    const { run, directory } = await transferPair();
    await writeFile(join(directory, "file"), "");
    const reader = new FakeReader(CONTENT);
    const result = await run("downloadFile", { workerdest: name, mode: null }, { reader });
    expect(result.failure).toEqual([type, expect.stringMatching(message)]);
    expect(result.completions).toBe(1);
    expect(calls(reader)).toEqual(["close"]);
  });

  it("does not claim success when there is no room", async () => {
    const { run } = await transferPair();
    const reader = new FakeReader(CONTENT);
    const result = await run("downloadFile", { workerdest: "/dev/full", mode: null }, { reader });
    const stderr = "Cannot write file '/dev/full': [Errno 28] No space left on device";
    expect(result.updates).toEqual(updates({ rc: 1, stderr }));
    expect(calls(reader)).toEqual(["read 1000", "read 1000", "close"]);
  });

  it.each(["read", "close"])("completes once, with a failure, when the master's %s fails", async (failing) => {
    const { run } = await transferPair();
    const reader = new FakeReader(CONTENT, { failing: [failing] });
    const result = await run("downloadFile", { workerdest: "f", mode: null }, { reader });
    expect(result.updates).toEqual(updates({ rc: 1 }));
    expect(result.failure?.[1]).toContain(`the peer's ${failing} failed`);
    expect(result.completions).toBe(1);
    expect(calls(reader).filter((call) => call === "close")).toHaveLength(1);
  });

  it("stops behind the blocks that are on their way when it is interrupted", async () => {
    const { run, directory, interrupt } = await transferPair();
    const reader = new FakeReader(CONTENT, {
      heldUntilCall: 2,
      beforeAnswer: async (call) => void (call === 2 && (await interrupt())),
    });
    const result = await run("downloadFile", { workerdest: "f", mode: null }, { reader });
    expect(calls(reader)).toEqual(["read 1000", "read 1000", "close"]);
    expect(result.updates).toEqual([["rc", 1]]);
    expect(await readdir(directory)).toEqual([]);
  });

  it("ends silently when the connection is lost, leaves nothing, and the worker attaches again", async () => {
    const { start, directory, master, attached, worker } = await transferPair({}, systemClock);
    const reader = new FakeReader(CONTENT, { beforeAnswer: () => void attached.socket.destroy() });
    const report = await start("downloadFile", { workerdest: "f", mode: null }, { reader });
    expect(await (await master.nextWorker()).call("getVersion")).toBe("0.0.0");
    await poll("the download to be forgotten", async () => (await readdir(directory)).length === 0);
    expect(report.completions).toBe(0);
    expect(worker.bugs).toEqual([]);
  });
});

describe("download_file", () => {
  it("takes a path that is ready to use", async () => {
    const { run, directory } = await transferPair();
    const path = join(directory, "f");
    await run("download_file", { path, mode: null }, { reader: new FakeReader(CONTENT) });
    expect(existsSync(path)).toBe(true);
  });
});
