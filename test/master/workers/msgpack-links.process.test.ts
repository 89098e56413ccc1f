import { afterEach, describe, expect, it } from "vitest";
import { Float } from "../../../src/base/python-values.ts";
import { commandsErrors } from "../../../src/commands/errors.ts";
import { masterErrors } from "../../../src/master/errors.ts";
import { LONGEST_LOGIN_DELAY_MS, MAX_WAITING } from "../../../src/master/login-delays.ts";
import type { MsgpackValue } from "../../../src/wire/msgpack/values.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { poll } from "../../support/poll.ts";
import { answerTo, attach, basic, INFO, request } from "./raw-msgpack-client.ts";
import { run, shell, start, TestMaster, type TestRegistryOptions } from "./test-registry.ts";

const masters: TestMaster[] = [];

async function listen(options: Partial<TestRegistryOptions> = {}): Promise<TestMaster> {
  const master = await TestMaster.listen({ config: { protocol: "msgpack" }, ...options });
  masters.push(master);
  return master;
}

afterEach(async () => {
  for (const master of masters.splice(0)) await master.close();
});

const names = ["w1", "w2"];

/** A new worker can still come in and run something. */
async function lives(master: TestMaster): Promise<void> {
  const worker = await attach(master.port, {}, "w2");
  const report = start(await master.worker("w2"), "shell", shell(["true"]));
  const id = (await worker.nextCommand()).get("command_id") ?? null;
  await worker.request("update", { command_id: id, args: [["rc", 0]] });
  await worker.request("complete", { command_id: id, args: null });
  expect(await report.ended).toEqual({ type: "completed", rc: 0 });
  worker.webSocket.terminate();
}

describe("the MessagePack listener of a master", () => {
  it.each([
    ["no name and password", request(undefined), "401 Unauthorized"],
    ["a wrong password", request(basic("w1:wrong")), "401 Unauthorized"],
    ["an unknown name", request(basic("nobody:sekret")), "401 Unauthorized"],
    ["another scheme", request(basic("w1:sekret").replace("Basic", "basic")), "400 Bad request"],
    ["no base64", request("Basic ***"), "400 Bad request"],
    ["a name alone", request(basic("w1")), "400 Bad request"],
    ["no key", request(basic("w1:sekret")).replace(/Sec-WebSocket-Key.*\r\n/, ""), "400 Bad request"],
    ["an unknown version", request(basic("w1:sekret")).replace("Version: 13", "Version: 99"), "400 Bad request"],
    ["garbage", "\u0000\u0001\u0002 nonsense\r\n\r\n", "400 Bad request"],
    ["headers without end", request(basic("w1:sekret"), `X: ${"x".repeat(20_000)}\r\n`), "400 Bad request"],
  ])("answers %s with a status line and nothing else", async (_, text, status) => {
    const master = await listen();
    expect(await answerTo(master.port, text)).toBe(`HTTP/1.1 ${status}\r\n\r\n`);
    expect(master.links).toEqual([]);
  });

  it("shows a page to browsers", async () => {
    const master = await listen();
    const response = await fetch(`http://127.0.0.1:${master.port}/`);
    expect(response.status).toBe(200);
    expect(await response.text()).toContain("This port is for workers");
  });

  it("logs rejected logins", async () => {
    const master = await listen();
    await answerTo(master.port, request(basic("w1:wrong")));
    expect(master.log).toEqual([expect.stringMatching(/^the worker at 127\.0\.0\.1:\d+ was rejected as 'w1': /)]);
  });

  it("logs little when flooded with wrong passwords, and accepts others", async () => {
    const clock = new ManualClock();
    const master = await listen({ names, clock });
    let left = 60;
    const floods = Array.from({ length: left }, async () => {
      await answerTo(master.port, request(basic("w1:wrong")));
      left -= 1;
    });
    await poll("the end of all that do not wait", () => left === MAX_WAITING);
    clock.advance(LONGEST_LOGIN_DELAY_MS);
    await Promise.all(floods);
    expect(master.log.length).toBeLessThanOrEqual(20);
    await lives(master);
  });

  it("limits the time for a request", async () => {
    const clock = new ManualClock();
    const master = await listen({ clock });
    const answer = answerTo(master.port, "GET / HTTP/1.1\r\n");
    await poll("the connection", () => clock.timerCount > 0);
    clock.advance(30_000);
    expect(await answer).toBe("");
    expect(master.log).toEqual([expect.stringContaining("has not logged in within 30 seconds")]);
  });
});

describe("a worker that attaches over MessagePack", () => {
  it("gets requests in the order of real masters", async () => {
    const master = await listen({ builders: ["b1", "b2"] });
    const worker = await attach(master.port);
    await master.worker();
    expect(worker.asked).toEqual([
      "print attached",
      "get_worker_info",
      "set_worker_settings",
      "start_command listdir",
      "start_command mkdir",
      "print attached",
      "print attached",
    ]);
  });

  it("has leftover directories removed if it requests that, and nothing else", async () => {
    const master = await listen();
    const ran: string[] = [];
    const modes: Readonly<Record<string, number>> = { "/w/old": 0o040755, "/w/file": 0o100644 };
    const worker = await attach(master.port, {
      get_worker_info: () => new Map([...INFO, ["delete_leftover_dirs", true]]),
      start_command(fields) {
        const args = fields.get("args") as ReadonlyMap<string, MsgpackValue>;
        const id = fields.get("command_id") ?? null;
        const name = String(fields.get("command_name"));
        const path = String(args.get("path") ?? args.get("paths"));
        ran.push(`${name} ${path}`);
        const updates: MsgpackValue[] = [["rc", 0]];
        if (name === "listdir") updates.unshift(["files", ["b1", "info", "old", "file"]]);
        if (name === "stat") updates.unshift(["stat", [modes[path] ?? 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]);
        void worker
          .request("update", { command_id: id, args: updates })
          .then(() => worker.request("complete", { command_id: id, args: null }));
        return null;
      },
    });
    await master.worker();
    expect(ran).toEqual(["listdir /w", "stat /w/old", "stat /w/file", "rmdir /w/old"]);
  });

  it.each([
    ["another one has its name", {}, "rejecting duplicate worker"],
    ["it reports no facts", { get_worker_info: () => 5 }, "expected a dictionary"],
    ["it rejects the first message", { print: () => Promise.reject(commandsErrors.missingKey("x")) }, "print failed"],
    ["it has no base directory", { get_worker_info: () => new Map() }, "no base directory"],
    [
      "it refuses to list it",
      { start_command: () => Promise.reject(commandsErrors.missingKey("x")) },
      "failed at listdir",
    ],
  ])("is rejected when %s", async (_, operations, reason) => {
    const isDuplicate = reason.includes("duplicate");
    const master = await listen({
      names,
      onAttach: async (link) => {
        if (isDuplicate && link.name === "w1") throw masterErrors.duplicateWorker();
      },
    });
    const worker = await attach(master.port, operations);
    await worker.closed;
    expect(master.log).toEqual([expect.stringMatching(/^worker 'w1' at .* was rejected: /)]);
    expect(master.log[0]).toContain(reason);
    await lives(master);
  });

  it("gets an error for requests before it is attached", async () => {
    const master = await listen();
    const worker = await attach(master.port, { get_worker_info: () => new Promise(() => {}) });
    await expect(worker.request("update", { command_id: "0", args: [] })).rejects.toThrow("Worker not authenticated.");
  });

  it("gets absolute paths, and the command names of this protocol", async () => {
    const master = await listen();
    const worker = await attach(master.port);
    const link = await master.worker();
    start(link, "uploadFile", { workdir: "build", workersrc: "f", maxsize: null, blocksize: 1, keepstamp: false });
    const command = await worker.nextCommand();
    expect(command.get("command_name")).toBe("upload_file");
    expect(command.get("builder_name")).toBe("b1");
    expect((command.get("args") as ReadonlyMap<string, MsgpackValue>).get("path")).toBe("/w/b1/build/f");
  });

  it("does not get a command without its path", async () => {
    const master = await listen();
    await attach(master.port);
    const { end } = await run(await master.worker(), "mkdir", {});
    expect(end).toEqual({ type: "failed", reason: "'dir'" });
  });
});

describe("messages of a worker over MessagePack", () => {
  async function started(name = "shell", more: Parameters<typeof start>[3] = {}) {
    const master = await listen({ names });
    const worker = await attach(master.port);
    const report = start(
      await master.worker(),
      name,
      name === "shell" ? shell(["true"]) : { workdir: "", workersrc: "f", workerdest: "f" },
      more,
    );
    const id = (await worker.nextCommand()).get("command_id") ?? null;
    const say = (op: string, fields: Readonly<Record<string, MsgpackValue>>) =>
      worker.request(op, { command_id: id, ...fields });
    return { master, worker, report, say };
  }

  it("becomes updates in order, with text in whole lines", async () => {
    const { report, say } = await started();
    const lines = (text: string): MsgpackValue => [text, [text.length - 1], [new Float(1)]];
    await say("update", {
      args: [
        ["header", lines("begun\n")],
        ["stdout", lines("half")],
        ["log", ["l", lines("of a log\n")]],
        ["stdout", " a line\n"],
        ["rc", 0],
        ["elapsed", new Float(0.5)],
      ],
    });
    await say("complete", { args: null });
    expect(await report.ended).toEqual({ type: "completed", rc: 0 });
    expect(report.updates.map(({ key }) => key)).toEqual(["header", "log", "stdout", "rc", "elapsed"]);
    expect(report.text("stdout")).toBe("half a line\n");
  });

  it.each([
    ["nothing", []],
    ["no pairs", [["rc"]]],
    ["invalid keys", [[5, 0]]],
    ["invalid text", [["stdout", [5, [], []]]]],
    ["an invalid rc", [["rc", "x"]]],
  ] as [string, MsgpackValue[]][])(
    "is refused or passed over when it is %s, and the command goes on",
    async (_, args) => {
      const { report, say } = await started();
      await say("update", { args }).catch(() => {});
      await say("update", { args: [["rc", 0]] });
      await say("complete", { args: null });
      expect(await report.ended).toEqual({ type: "completed", rc: 0 });
    },
  );

  it("gets the error of real masters for a command that is not running, which is logged a few times", async () => {
    const { master, report, say } = await started();
    await say("complete", { args: "no disk" });
    expect(await report.ended).toEqual({ type: "failed", reason: "no disk" });
    for (let count = 0; count < 30; count += 1) {
      await expect(say("complete", { args: null })).rejects.toThrow(`'unknown "command_id"'`);
    }
    await expect(say("update", {})).rejects.toThrow("unknown");
    expect(master.log.length).toBe(20);
  });

  it.each([
    ["an unknown operation", "frobnicate", {}, "Command frobnicate does not exist."],
    ["a keepalive", "keepalive", {}, "Command keepalive does not exist."],
    ["an update without its content", "update", {}, `'message did not contain obligatory "args" key'`],
  ])("gets the error of real masters for %s", async (_, op, fields, text) => {
    const { say } = await started();
    await expect(say(op, fields)).rejects.toThrow(text);
  });

  it("puts an upload into place with its times, which real masters do not", async () => {
    const done: string[] = [];
    const { report, say } = await started("uploadFile", {
      upload: {
        write: async (block) => void done.push(Buffer.from(block).toString()),
        utime: async (accessed, modified) => void done.push(`${accessed} ${modified}`),
        close: async () => void done.push("close"),
        abandon: async () => void done.push("abandon"),
      },
    });
    await say("update_upload_file_write", { args: Buffer.from("text") });
    await say("update_upload_file_close", {});
    await say("update_upload_file_utime", { access_time: new Float(1.5), modified_time: 2 });
    await say("update", { args: [["rc", 0]] });
    await say("complete", { args: null });
    expect(await report.ended).toEqual({ type: "completed", rc: 0 });
    expect(done).toEqual(["text", "1.5 2", "close"]);
  });

  it("downloads the content of a file, which real masters do not send", async () => {
    const { say } = await started("downloadFile", {
      download: { read: async (length) => Buffer.from("some content").subarray(0, length), close: async () => {} },
    });
    expect(Buffer.from((await say("update_read_file", { length: 4 })) as Uint8Array).toString()).toBe("some");
    await say("update_read_file_close", {});
    expect(await say("update_read_file", { length: 4 })).toEqual(Buffer.of());
    await expect(say("update_read_file", { length: "x" })).rejects.toThrow("expected a number of bytes");
  });
});

describe("a hostile worker over MessagePack", () => {
  it.each([
    [
      "a message that is no MessagePack",
      (socket: WebSocketLike) => socket.send(Buffer.from([0xc1])),
      "broke the protocol",
    ],
    ["a message that is not a map", (socket: WebSocketLike) => socket.send(Buffer.from([0x05])), "expected a map"],
    ["an answer to nothing", (socket: WebSocketLike) => socket.send(RESPONSE_TO_NOTHING), "which is not pending"],
    [
      "a message that is too large",
      (socket: WebSocketLike) => socket.send(Buffer.alloc(17_000_000)),
      "sent a message of more than 16777216 bytes",
    ],
    ["deep arrays", (socket: WebSocketLike) => socket.send(Buffer.alloc(300, 0x91)), "nesting"],
    [
      "an array that declares more than there is",
      (socket: WebSocketLike) => socket.send(Buffer.from("ddffffffff", "hex")),
      "exceeds the limit",
    ],
  ])("loses its connection for %s, and the master logs one sentence", async (_, act, reason) => {
    const master = await listen({ names });
    const worker = await attach(master.port);
    const report = start(await master.worker(), "shell", shell(["true"]));
    await worker.nextCommand();
    act(worker.webSocket);
    await worker.closed;
    expect(await report.ended).toMatchObject({ type: "lost" });
    expect(master.log).toEqual([expect.stringMatching(/^worker 'w1' at .*; closing its connection$/)]);
    expect(master.log[0]).toContain(reason);
    await lives(master);
  });

  it("is ignored when it sends text, or something that cannot be answered", async () => {
    const master = await listen({ names });
    const worker = await attach(master.port);
    await master.worker();
    worker.webSocket.send("hello");
    worker.webSocket.send(Buffer.from([0x80]));
    await poll("both sentences", () => master.log.length === 2);
    expect(master.log[0]).toContain("the worker sent a message of text, which is ignored");
    await lives(master);
  });

  it("is disconnected when it never answers", async () => {
    const clock = new ManualClock();
    const master = await listen({ clock });
    const worker = await attach(master.port, { get_worker_info: () => new Promise(() => {}) });
    await poll("the question", () => worker.asked.includes("get_worker_info"));
    clock.advance(120_000);
    await worker.closed;
    expect(master.log[0]).toContain("has not sent its facts within 120 seconds");
  });

  it("gets a keepalive each hour, and is disconnected when it does not answer", async () => {
    const clock = new ManualClock();
    const master = await listen({ clock });
    const worker = await attach(master.port, { keepalive: () => new Promise(() => {}) });
    const link = await master.worker();
    clock.advance(3_600_000);
    await poll("the keepalive", () => worker.asked.includes("keepalive"));
    clock.advance(600_000);
    expect(await link.ended).toBe("the worker has not answered a keepalive for 600 seconds");
    await worker.closed;
  });

  it("gets back-pressure when it floods a slow master, and loses nothing", async () => {
    const master = await listen();
    const worker = await attach(master.port);
    let bytes = 0;
    let open = false;
    const report = start(await master.worker(), "shell", shell(["true"]), {
      onUpdate: async (update) => {
        await poll("the gate", () => open);
        if (update.key === "stdout") bytes += update.text.length;
      },
    });
    const id = (await worker.nextCommand()).get("command_id") ?? null;
    const text = `${"x".repeat(65_535)}\n`;
    const answers = Array.from({ length: 500 }, () =>
      worker.request("update", { command_id: id, args: [["stdout", [text, [65_535], [new Float(0)]]]] }),
    );
    await poll("the worker to be held back", () => worker.webSocket.bufferedAmount > 20_000_000);
    open = true;
    await Promise.all(answers);
    await worker.request("complete", { command_id: id, args: null });
    expect((await report.ended).type).toBe("completed");
    expect(bytes).toBe(32_768_000);
  });
});

type WebSocketLike = Awaited<ReturnType<typeof attach>>["webSocket"];

/** `{op: "response", seq_number: 77, result: null}` */
const RESPONSE_TO_NOTHING = Buffer.from("83a26f70a8726573706f6e7365aa7365715f6e756d6265724da6726573756c74c0", "hex");
