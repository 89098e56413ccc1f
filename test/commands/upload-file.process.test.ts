import { execFileSync } from "node:child_process";
import { truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/base/clock.ts";
import { FakeWriter } from "../support/fake-files.ts";
import { transferPair, updates } from "./transfer-pair.ts";

const CONTENT = Buffer.from(Array.from({ length: 2500 }, (_, i) => i % 256));
const calls = (writer: FakeWriter) => writer.calls.map((call) => call.join(" "));

describe("uploadFile", () => {
  it("sends a file in blocks, of which several are on their way", async () => {
    const { run, directory, attached } = await transferPair();
    await writeFile(join(directory, "f"), CONTENT);
    const writer = new FakeWriter({ heldUntilCall: 2 });
    const result = await run("uploadFile", { workersrc: "f", keepstamp: false }, { writer });
    expect(calls(writer)).toEqual(["write 1000", "write 1000", "write 500", "close"]);
    expect(writer.content.equals(CONTENT)).toBe(true);
    expect(writer.mostAtOnce).toBe(2);
    expect(result.updates).toEqual(updates({ header: `sending ${directory}/f`, rc: 0 }));
    expect(result.failure).toBeNull();
    await attached.call("print", "ping");
    // What came with the command was given back: nothing but the root of the portal and its perspective is left.
    expect(attached.broker.counts.exports).toBe(1);
  });

  it("sends an empty file without a block", async () => {
    const { run, directory } = await transferPair();
    await writeFile(join(directory, "f"), "");
    const writer = new FakeWriter();
    expect((await run("uploadFile", { workersrc: "f" }, { writer })).updates).toContainEqual(["rc", 0]);
    expect(calls(writer)).toEqual(["close"]);
  });

  it("clamps blocks to what one string of the protocol may hold", async () => {
    const { run, directory } = await transferPair();
    await writeFile(join(directory, "f"), "");
    await truncate(join(directory, "f"), 700_000);
    const writer = new FakeWriter();
    await run("uploadFile", { workersrc: "f", blocksize: 10_000_000 }, { writer });
    expect(calls(writer)).toEqual(["write 655357", "write 44643", "close"]);
  });

  it.each([
    { maxsize: 1500, sent: ["write 1000", "write 500", "close"], rc: 1 },
    { maxsize: 2499, sent: ["write 1000", "write 1000", "write 499", "close"], rc: 1 },
    { maxsize: 2500, sent: ["write 1000", "write 1000", "write 500", "close"], rc: 0 },
    { maxsize: 2501, sent: ["write 1000", "write 1000", "write 500", "close"], rc: 0 },
    { maxsize: 0, sent: ["close"], rc: 1 },
  ])("ends with rc $rc for 2500 bytes and a limit of $maxsize", async ({ maxsize, sent, rc }) => {
    const { run, directory } = await transferPair();
    await writeFile(join(directory, "f"), CONTENT);
    const writer = new FakeWriter();
    const result = await run("uploadFile", { workersrc: "f", maxsize }, { writer });
    expect(calls(writer)).toEqual(sent);
    const header = `sending ${directory}/f`;
    const stderr = `Maximum filesize reached, truncating file '${directory}/f'`;
    expect(result.updates).toEqual(updates(rc === 0 ? { header, rc } : { header, rc, stderr }));
  });

  it("sends the file's times after it was closed, when it is asked to", async () => {
    const { run, directory } = await transferPair();
    await writeFile(join(directory, "f"), "");
    execFileSync("/bin/sh", ["-c", "touch -a -d @1577934245.25 f; touch -m -d @-1.5 f"], { cwd: directory });
    const writer = new FakeWriter();
    await run("uploadFile", { workersrc: "f", keepstamp: true }, { writer });
    expect(writer.calls).toEqual([["close"], ["utime", { tuple: [{ float: "1577934245.25" }, { float: "-1.5" }] }]]);
  });

  it.each(["missing", "directory", "fifo", "directory/missing", "a\0b"])(
    "says that %j cannot be opened",
    async (name) => {
      const { run, directory } = await transferPair();
      execFileSync("/bin/sh", ["-c", "mkdir directory; mkfifo fifo"], { cwd: directory });
      const writer = new FakeWriter();
      const result = await run("uploadFile", { workersrc: name, keepstamp: true }, { writer });
      expect(writer.calls).toEqual([["close"], ["utime", { tuple: [null, null] }]]);
      const path = `${directory}/${name}`;
      const stderr = `Cannot open file '${path}' for upload`;
      expect(result.updates).toEqual(updates({ header: `sending ${path}`, rc: 1, stderr }));
      expect(result.failure).toBeNull();
    },
  );

  it("stops behind the blocks on their way when it is interrupted", async () => {
    const { run, directory, interrupt } = await transferPair();
    await writeFile(join(directory, "f"), CONTENT);
    const writer = new FakeWriter({
      heldUntilCall: 2,
      beforeAnswer: async (call) => void (call === 2 && (await interrupt())),
    });
    const result = await run("uploadFile", { workersrc: "f" }, { writer });
    expect(calls(writer)).toEqual(["write 1000", "write 1000", "close"]);
    expect(result.updates).toEqual([
      ["header", `sending ${directory}/f\n`],
      ["rc", 1],
    ]);
    expect(result.failure).toBeNull();
  });

  it.each([
    { failing: "write", sent: ["write 1000", "write 1000", "close"] },
    { failing: "close", sent: ["write 1000", "write 1000", "write 500", "close"] },
    { failing: "utime", sent: ["write 1000", "write 1000", "write 500", "close", "utime [object Object]"] },
  ])("completes once, with a failure, when the master's $failing fails", async ({ failing, sent }) => {
    const { run, directory } = await transferPair();
    await writeFile(join(directory, "f"), CONTENT);
    const writer = new FakeWriter({ failing: [failing], heldUntilCall: 2 });
    const result = await run("uploadFile", { workersrc: "f", keepstamp: failing === "utime" }, { writer });
    expect(calls(writer)).toEqual(sent);
    expect(result.updates).toEqual(updates({ header: `sending ${directory}/f`, rc: 1 }));
    expect(result.failure?.[1]).toContain(`the peer's ${failing} failed`);
    expect(result.completions).toBe(1);
  });

  it("reports the failed write when closing fails as well", async () => {
    const { run, directory } = await transferPair();
    await writeFile(join(directory, "f"), CONTENT);
    const writer = new FakeWriter({ failing: ["write", "close"], heldUntilCall: 2 });
    expect((await run("uploadFile", { workersrc: "f" }, { writer })).failure?.[1]).toContain("the peer's write failed");
    expect(calls(writer)).toEqual(["write 1000", "write 1000", "close"]);
  });

  it("leaves the builder usable after a failure", async () => {
    const { run, directory } = await transferPair();
    await writeFile(join(directory, "f"), CONTENT);
    await run("uploadFile", { workersrc: "f" }, { writer: new FakeWriter({ failing: ["write"] }) });
    const writer = new FakeWriter();
    expect((await run("uploadFile", { workersrc: "f" }, { writer })).updates).toContainEqual(["rc", 0]);
  });

  it("ends silently when the connection is lost, and the worker attaches again", async () => {
    const { start, directory, master, attached, worker } = await transferPair({}, systemClock);
    await writeFile(join(directory, "f"), CONTENT);
    const writer = new FakeWriter({
      beforeAnswer: (call) => void (call === 2 && attached.socket.destroy()),
      heldUntilCall: 2,
    });
    const report = await start("uploadFile", { workersrc: "f" }, { writer });
    expect(await (await master.nextWorker()).call("getVersion")).toBe("0.0.0");
    expect(calls(writer)).toEqual(["write 1000", "write 1000"]);
    expect(report.completions).toBe(0);
    expect(worker.bugs).toEqual([]);
  });

  it("expands a tilde and keeps an absolute path", async () => {
    const { run, directory, worker } = await transferPair({ HOME: "/somebody's/home" });
    await writeFile(join(directory, "f"), CONTENT);
    const inHome = await run("uploadFile", { workersrc: "~/f" }, { writer: new FakeWriter() });
    expect(inHome.updates[0]).toEqual(["header", "sending /somebody's/home/f\n"]);
    const absolute = await run("uploadFile", { workersrc: join(directory, "f") }, { writer: new FakeWriter() });
    expect(absolute.updates).toContainEqual(["rc", 0]);
    expect(worker.bugs).toEqual([]);
  });
});

describe("upload_file", () => {
  it("takes a path that is ready to use", async () => {
    const { run, directory } = await transferPair();
    await writeFile(join(directory, "f"), CONTENT);
    const writer = new FakeWriter();
    await run("upload_file", { path: join(directory, "f") }, { writer });
    expect(writer.content.equals(CONTENT)).toBe(true);
  });
});

describe("a transfer with wrong arguments is refused", () => {
  const handle = () => ({ writer: new FakeWriter(), reader: new FakeWriter() });
  it.each([
    ["uploadFile", {}, handle(), "builtins.KeyError: 'workersrc'"],
    ["uploadFile", { workersrc: "f" }, {}, "builtins.ValueError: WorkerFileUploadCommand is missing args: writer"],
    ["uploadFile", { workersrc: "f", writer: 5 }, {}, "builtins.TypeError: writer: expected a reference"],
    [
      "uploadFile",
      { workersrc: "f", blocksize: 0 },
      handle(),
      "builtins.TypeError: blocksize: expected a number of by",
    ],
    ["uploadFile", { workersrc: "f", maxsize: "5" }, handle(), "builtins.TypeError: maxsize: expected a number"],
    ["upload_file", {}, {}, "builtins.ValueError: WorkerFileUploadCommand is missing args: path, writer"],
    ["uploadDirectory", { slavesrc: "f" }, handle(), "builtins.KeyError: 'workersrc'"],
    ["uploadDirectory", { workersrc: "d" }, handle(), "builtins.KeyError: 'compress'"],
    ["upload_directory", {}, handle(), "builtins.ValueError: WorkerDirectoryUploadCommand is missing args: path"],
    ["downloadFile", {}, handle(), "builtins.KeyError: 'workerdest'"],
    ["downloadFile", { workerdest: "f" }, {}, "builtins.ValueError: WorkerFileDownloadCommand is missing args: reader"],
    ["downloadFile", { workerdest: "f" }, handle(), "builtins.KeyError: 'mode'"],
  ] as const)("%s with %j", async (command, args, files, error) => {
    const { start } = await transferPair();
    await expect(start(command, args, files)).rejects.toThrow(error);
  });

  it("without maxsize, which masters always send", async () => {
    const { attached, builder } = await transferPair();
    const args = {
      workdir: "build",
      workersrc: "f",
      blocksize: 5,
      writer: attached.broker.expose(new FakeWriter().object),
    };
    await expect(attached.startCommand(builder, "uploadFile", args)).rejects.toThrow("builtins.KeyError: 'maxsize'");
  });
});
