// File commands and transfers with names that no file can have, names that are odd, files that are none, and files that go
// while they are worked on.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { JellyValue } from "../../src/wire/jelly/values.ts";
import { FakeReader, FakeWriter } from "../support/fake-files.ts";
import { rowsOf } from "../support/sized.ts";
import { type TransferFiles, type TransferPair, transferPair, updates } from "./transfer-pair.ts";

type Args = Record<string, JellyValue>;

/** What has no default in `transferPair`. */
const uploadFile = { workersrc: "f", keepstamp: false };
const uploadDirectory = { workersrc: "d", compress: null };
const downloadFile = { workerdest: "f", mode: null };

const filesFor = (command: string): TransferFiles => {
  if (command.startsWith("upload")) return { writer: new FakeWriter() };
  return command.startsWith("download") ? { reader: new FakeReader(Buffer.from("content")) } : {};
};

const longName = "x".repeat(256);
const longPath = `${"d".repeat(200)}/`.repeat(25);

describe("a name that no file can have", () => {
  const names = [
    ["too long", longName, 36, "File name too long"],
    ["below a link to itself", "loop/x", 40, "Too many levels of symbolic links"],
    ["below a file", "f/x", 20, "Not a directory"],
    ["in too long a path", longPath, 36, "File name too long"],
    ["below a FIFO", "pipe/x", 20, "Not a directory"],
  ] as const;
  it.each(rowsOf(names, (_name, index) => index < 3))(
    "gives every command the error of the system: %s",
    async (_what, name, errno, reason) => {
      const pair = await transferPair();
      execFileSync("/bin/sh", ["-c", "ln -s loop loop; mkfifo pipe; touch f"], { cwd: pair.directory });
      const before = readdirSync(pair.directory);
      const path = `${pair.directory}/${name}`;
      const run = (command: string, args: Args) => pair.run(command, { ...args, logEnviron: false }, filesFor(command));
      for (const [command, argument] of [
        ["mkdir", "dir"],
        ["stat", "file"],
        ["listdir", "dir"],
        ["rmfile", "path"],
      ] as const) {
        const result = await run(command, { [argument]: path, workdir: null });
        expect(result.updates).toEqual([
          ["rc", errno],
          ["elapsed", null],
          ["header", `${command}: ${reason}: ${path}\n`],
        ]);
      }
      expect((await run("glob", { path })).updates).toEqual([
        ["files", []],
        ["rc", 0],
        ["elapsed", null],
      ]);
      const removed = await run("rmdir", { dir: path });
      const missing = reason === "Not a directory"; // to rm that is no file, which is fine
      expect(removed.updates).toContainEqual(["rc", missing ? 0 : 1]);
      if (!missing) expect(removed.updates).toContainEqual(["stderr", expect.stringContaining(reason)]);
      const copied = await run("cpdir", { fromdir: "build/f", todir: path });
      expect(copied.updates).not.toContainEqual(["rc", 0]);
      expect(JSON.stringify(copied.updates)).toContain(reason);
      const uploaded = await run("uploadFile", { ...uploadFile, workersrc: path });
      expect(uploaded.updates.at(-1)).toEqual(["stderr", `Cannot open file '${path}' for upload\n`]);
      const packed = await run("uploadDirectory", { ...uploadDirectory, workersrc: path });
      expect(packed.updates.at(-1)?.[1]).toContain(`[Errno ${errno}] ${reason}: '${path}'`);
      const downloaded = await run("downloadFile", { ...downloadFile, workerdest: path });
      expect(downloaded.updates).toContainEqual(["rc", 1]);
      expect(readdirSync(pair.directory)).toEqual(before);
    },
  );

  it("with a NUL gives every command a ValueError, and what is beside it stays", async () => {
    const pair = await transferPair();
    mkdirSync(join(pair.directory, "a"));
    for (const [command, args] of [
      ["mkdir", { dir: "build/a\0b" }],
      ["rmdir", { dir: ["build/a", "build/a\0b"] }],
      ["cpdir", { fromdir: "build/a", todir: "build/c\0" }],
      ["stat", { workdir: null, file: "\0" }],
      ["listdir", { dir: "build/a\0" }],
      ["glob", { path: "build/\0*" }],
      ["rmfile", { path: "build/a\0" }],
      ["uploadDirectory", { ...uploadDirectory, workersrc: "a\0" }],
      ["downloadFile", { ...downloadFile, workerdest: "a\0b" }],
    ] as const) {
      const result = await pair.run(command, args, filesFor(command));
      if (command === "glob") expect(result.updates).toContainEqual(["files", []]);
      else expect([command, result.failure?.[0]]).toEqual([command, "builtins.ValueError"]);
      expect(result.completions).toBe(1);
    }
    expect(readdirSync(pair.directory)).toEqual(["a"]);
  });
});

describe("a directory with odd names", () => {
  /** Valid UTF-8. */
  const names = [" ", "*", "-rf", "ein\nzwei", "grün €", "y".repeat(255)];

  async function pairWithNames(): Promise<TransferPair> {
    const pair = await transferPair();
    mkdirSync(join(pair.directory, "d"));
    for (const name of names) writeFileSync(join(pair.directory, "d", name), name);
    const odd =
      "mkdir \"$(printf '\\377')\"; touch \"$(printf 'x\\377y')\" \"$(printf '\\377/\\376')\"; mkfifo pipe; ln -s loop loop";
    execFileSync("/bin/sh", ["-c", odd], { cwd: join(pair.directory, "d") });
    return pair;
  }

  /** The names of all that is below a directory, as bytes. */
  function listed(directory: string): string[] {
    return execFileSync("find", [".", "-print0"], { cwd: directory, encoding: "latin1" }).split("\0").sort();
  }

  it("is listed, and found, and its files are reported", async () => {
    const pair = await pairWithNames();
    const list = await pair.run("listdir", { dir: "build/d" }, {});
    const files = new Map(list.updates).get("files") as string[];
    expect(files).toHaveLength(names.length + 4);
    expect(files).toEqual(expect.arrayContaining([...names, "pipe", "loop"]));
    const found = await pair.run("glob", { path: "build/d/**" }, {});
    expect(new Map(found.updates).get("files")).toEqual(
      expect.arrayContaining(names.map((name) => `${pair.directory}/d/${name}`)),
    );
    for (const name of names) {
      const stat = await pair.run("stat", { workdir: null, file: `build/d/${name}` }, {});
      expect(stat.updates).toContainEqual(["rc", 0]);
    }
  });

  it("is copied, uploaded and removed byte for byte", async () => {
    const pair = await pairWithNames();
    const copy = await pair.run("cpdir", { fromdir: "build/d", todir: "build/copy" }, {});
    expect(copy.updates).toContainEqual(["rc", 0]);
    const writer = new FakeWriter();
    expect((await pair.run("uploadDirectory", uploadDirectory, { writer })).updates).toContainEqual(["rc", 0]);
    mkdirSync(join(pair.directory, "unpacked"));
    execFileSync("tar", ["-x", "-C", join(pair.directory, "unpacked")], {
      input: writer.content,
      stdio: ["pipe", "ignore", "ignore"], // it is told that names are bytes, and says that it does not know what that means
    });
    for (const made of ["copy", "unpacked"]) {
      expect(listed(join(pair.directory, made))).toEqual(listed(join(pair.directory, "d")));
    }
    expect((await pair.run("rmdir", { dir: ["build/d", "build/copy"] }, {})).updates).toContainEqual(["rc", 0]);
    expect(readdirSync(pair.directory)).toEqual(["unpacked"]);
  });

  it("loses its files one by one", async () => {
    const pair = await pairWithNames();
    for (const name of [...names, "pipe", "loop"]) {
      expect((await pair.run("rmfile", { path: `build/d/${name}` }, {})).updates).toContainEqual(["rc", 0]);
    }
    expect(readdirSync(join(pair.directory, "d"))).toHaveLength(2);
  });
});

describe("a file that is none", () => {
  it("without end is uploaded up to the limit", async () => {
    const { run } = await transferPair();
    const writer = new FakeWriter();
    const result = await run("uploadFile", { ...uploadFile, workersrc: "/dev/zero", maxsize: 10_000 }, { writer });
    expect(writer.content.equals(Buffer.alloc(10_000))).toBe(true);
    const stderr = "Maximum filesize reached, truncating file '/dev/zero'";
    expect(result.updates).toEqual(updates({ header: "sending /dev/zero", rc: 1, stderr }));
  });

  it("without end is uploaded until it is interrupted", async () => {
    const { run, interrupt } = await transferPair();
    const writer = new FakeWriter({ beforeAnswer: async (call) => void (call === 50 && (await interrupt())) });
    const result = await run("uploadFile", { ...uploadFile, workersrc: "/dev/zero" }, { writer });
    expect(result.updates.at(-1)).toEqual(["rc", 1]);
    expect(writer.calls.at(-1)).toEqual(["close"]);
  });

  it("without a writer or reader does not block anything", async () => {
    const pair = await transferPair();
    execFileSync("mkfifo", ["pipe"], { cwd: pair.directory });
    const uploaded = await pair.run("uploadFile", { ...uploadFile, workersrc: "pipe" }, filesFor("uploadFile"));
    expect(uploaded.updates.at(-1)?.[1]).toMatch(/^Cannot open file '.*pipe' for upload\n$/);
    const downloaded = await pair.run(
      "downloadFile",
      { ...downloadFile, workerdest: "pipe" },
      filesFor("downloadFile"),
    );
    expect(downloaded.updates.at(-1)?.[1]).toMatch(/^Cannot open file '.*pipe' for download\n$/);
    expect(readdirSync(pair.directory)).toEqual(["pipe"]);
  });

  it("a socket cannot be uploaded, and a directory with one is packed without it", async () => {
    const pair = await transferPair();
    mkdirSync(join(pair.directory, "d"));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(pair.directory, "d", "s"), resolve));
    try {
      const uploaded = await pair.run("uploadFile", { ...uploadFile, workersrc: "d/s" }, filesFor("uploadFile"));
      expect(uploaded.updates).toContainEqual(["rc", 1]);
      const writer = new FakeWriter();
      expect((await pair.run("uploadDirectory", uploadDirectory, { writer })).updates).toContainEqual(["rc", 0]);
      expect(execFileSync("tar", ["-t", "--absolute-names"], { input: writer.content, encoding: "utf8" })).toBe("/\n");
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });
});

describe("a file that disappears while it is used", () => {
  it("is uploaded whole when it was open", async () => {
    const { run, directory } = await transferPair();
    const path = join(directory, "f");
    writeFileSync(path, Buffer.alloc(50_000, "x"));
    const writer = new FakeWriter({ beforeAnswer: (call) => void (call === 1 && rmSync(path)) });
    expect((await run("uploadFile", { ...uploadFile, keepstamp: true }, { writer })).updates).toContainEqual(["rc", 0]);
    expect(writer.content.equals(Buffer.alloc(50_000, "x"))).toBe(true);
  });

  it("is uploaded as far as it reaches when it is cut", async () => {
    const { run, directory } = await transferPair();
    const path = join(directory, "f");
    writeFileSync(path, Buffer.alloc(500_000, "x"));
    const writer = new FakeWriter({ beforeAnswer: (call) => void (call === 1 && writeFileSync(path, "y")) });
    expect((await run("uploadFile", uploadFile, { writer })).updates).toContainEqual(["rc", 0]);
    expect(writer.content.length).toBeLessThan(500_000);
    expect(writer.content.includes("y")).toBe(false);
  });

  it("is not found, when its directory becomes a link to nowhere during a download", async () => {
    const { run, directory } = await transferPair();
    mkdirSync(join(directory, "d"));
    const beforeAnswer = (call: number) => {
      if (call !== 1) return;
      rmSync(join(directory, "d"), { recursive: true });
      symlinkSync("nowhere", join(directory, "d"));
    };
    const reader = new FakeReader(Buffer.from("content"), { beforeAnswer });
    const result = await run("downloadFile", { ...downloadFile, workerdest: "d/f" }, { reader });
    expect(result.updates).toContainEqual(["rc", 1]);
    expect(result.updates.at(-1)?.[1]).toMatch(/^Cannot write file '.*d\/f': \[Errno 2\] No such file or directory/);
    expect(result.failure).toBeNull();
    expect(readdirSync(directory)).toEqual(["d"]);
  });
});
