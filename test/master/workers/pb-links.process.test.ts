import { connect } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { Float, Tuple } from "../../../src/base/python-values.ts";
import { commandsErrors } from "../../../src/commands/errors.ts";
import { masterErrors } from "../../../src/master/errors.ts";
import { MAX_UNAUTHENTICATED } from "../../../src/master/workers/admission.ts";
import { sessionErrors } from "../../../src/session/errors.ts";
import { login } from "../../../src/session/pb/login.ts";
import { remoteFailureOf } from "../../../src/session/pb/remote-failure.ts";
import { Failure } from "../../../src/wire/jelly/failure.ts";
import type { JellyValue, Remote } from "../../../src/wire/jelly/values.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { poll } from "../../support/poll.ts";
import { attach, INFO, meet } from "./raw-pb-client.ts";
import { run, shell, start, TestMaster, type TestRegistryOptions } from "./test-registry.ts";

const masters: TestMaster[] = [];

async function listen(options: Partial<TestRegistryOptions> = {}): Promise<TestMaster> {
  const master = await TestMaster.listen({ config: { protocol: "pb" }, ...options });
  masters.push(master);
  return master;
}

afterEach(async () => {
  for (const master of masters.splice(0)) await master.close();
});

/** A new worker can still come in and run something. */
async function lives(master: TestMaster): Promise<void> {
  const worker = await attach(master.port, {}, "w2");
  const report = start(await master.worker("w2"), "shell", shell(["true"]));
  const command = await worker.nextCommand();
  await worker.update(command, ["rc", 0]);
  await worker.complete(command);
  expect(await report.ended).toEqual({ type: "completed", rc: 0 });
  worker.socket.destroy();
}

const names = ["w1", "w2"];

describe("a worker that attaches over PB", () => {
  it("gets calls in the order of real masters, and is attached last", async () => {
    const master = await listen();
    const asked: string[] = [];
    const noted = (name: string, answer: JellyValue) => (call: { args: readonly JellyValue[] }) => {
      asked.push(`${name} ${String(call.args[0] ?? "")}`.trim());
      return answer;
    };
    const worker = await attach(master.port, {
      print: noted("print", null),
      getWorkerInfo: noted("getWorkerInfo", INFO),
    });
    expect(asked).toEqual(["print attached", "getWorkerInfo", "print attached"]);
    expect(worker.perspective).toBeDefined();
    expect((await master.worker()).info.commands).toEqual(new Map([["shell", "3.3"]]));
  });

  it.each([
    [
      "in its info",
      { getSlaveInfo: () => new Map([["slave_commands", new Map([["shell", "2.16"]])]]) },
      "2.16",
      undefined,
    ],
    [
      "when they are asked for",
      { getSlaveInfo: () => new Map(), getCommands: () => new Map([["shell", "2.10"]]), getVersion: () => "0.8.5" },
      "2.10",
      "0.8.5",
    ],
    ["not at all", {}, undefined, undefined],
  ])("may be of Buildbot 0.8, with its commands %s", async (_, methods, shellVersion, version) => {
    const master = await listen();
    await attach(master.port, {
      getWorkerInfo: () => Promise.reject(sessionErrors.noSuchMethod("getWorkerInfo")),
      ...methods,
    });
    const { info } = await master.worker();
    expect([info.commands.get("shell"), info.version]).toEqual([shellVersion, version]);
  });

  it("gets the error of real masters for a duplicate name", async () => {
    const master = await listen({ onAttach: () => Promise.reject(masterErrors.duplicateWorker()) });
    const refused = await attach(master.port).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: sessionErrors.loginDuplicate.code });
    expect(remoteFailureOf((refused as Error).cause) ?? (refused as Error).cause).toMatchObject({
      type: "builtins.RuntimeError",
      message: "rejecting duplicate worker",
    });
    expect(master.log).toEqual([expect.stringMatching(/^worker 'w1' at .* was rejected: rejecting duplicate worker$/)]);
  });

  it("may send keepalives, and request a shutdown", async () => {
    const master = await listen();
    const worker = await attach(master.port);
    await worker.call(worker.perspective, "keepalive");
    await worker.call(worker.perspective, "shutdown");
    expect(master.wishes).toEqual(["w1"]);
    expect(master.sightings).toContain("w1");
  });

  it("is disconnected with a reason when the master stops", async () => {
    const master = await listen();
    const worker = await attach(master.port);
    const link = await master.worker();
    await master.close();
    await worker.closed;
    expect(await link.ended).toBe("the master is stopping");
  });

  it("gets references for each command, and the master forgets released ones", async () => {
    const master = await listen();
    const worker = await attach(master.port);
    const link = await master.worker();
    for (let count = 0; count < 3; count += 1) {
      const report = start(link, "shell", shell(["true"]));
      const command = await worker.nextCommand();
      await worker.update(command, ["rc", 0]);
      await worker.complete(command);
      worker.broker.release(command.command);
      expect(await report.ended).toEqual({ type: "completed", rc: 0 });
    }
    await expect(worker.call(worker.perspective, "keepalive")).resolves.toBe(null);
    // One object a command: the perspective is 2, behind the authenticator.
    const last = start(link, "shell", shell(["true"]));
    expect((await worker.nextCommand()).command.luid).toBe(6);
    worker.socket.destroy();
    expect(await last.ended).toEqual({ type: "lost", reason: "the worker closed the connection" });
  });
});

describe("updates of a worker over PB", () => {
  it("become whole lines of valid UTF-8 from all worker versions", async () => {
    const master = await listen();
    const worker = await attach(master.port);
    const report = start(await master.worker(), "shell", shell(["true"]));
    const command = await worker.nextCommand();
    await worker.update(command, ["stdout", "half a"], ["stdout", " line\r\nand a ha"]);
    await worker.update(
      command,
      ["stdout", Buffer.from([0x6c, 0x66, 0xc3])],
      ["stdout", Buffer.from([0xa4, 0xff, 0x0a])],
    );
    await worker.update(command, ["log", new Tuple<JellyValue>(["l", "in a tuple\n"])], ["log", ["l", "in a list"]]);
    await worker.update(command, ["stderr", "unended"], ["rc", 0], ["elapsed", new Float(1)], ["odd", null]);
    await worker.complete(command);
    expect(await report.ended).toEqual({ type: "completed", rc: 0 });
    expect(report.text("stdout")).toBe("half a line\nand a half\u00e4\ufffd\n");
    expect(report.text("l")).toBe("in a tuple\nin a list\n");
    expect(report.text("stderr")).toBe("unended\n");
    for (const update of report.updates) if ("text" in update) expect(update.text.at(-1)).toBe(10);
    expect(report.updates.filter((update) => !("text" in update)).map(({ key }) => key)).toEqual(["rc", "elapsed"]);
  });

  it("are answered when the master has processed them, and not before", async () => {
    const master = await listen();
    const worker = await attach(master.port);
    const taken: string[] = [];
    let go: () => void = () => {};
    const report = start(await master.worker(), "shell", shell(["true"]), {
      onUpdate: async (update) => {
        await new Promise<void>((resolve) => {
          go = resolve;
        });
        taken.push(update.key);
      },
    });
    const command = await worker.nextCommand();
    const answered: number[] = [];
    const answers = [0, 1].map(async (number) => {
      await worker.update(command, ["stdout", `${number}\n`]);
      answered.push(number);
    });
    for (const number of [0, 1]) {
      await worker.call(worker.perspective, "keepalive");
      expect(answered.length).toBe(number);
      go();
      await answers[number];
    }
    await worker.complete(command);
    expect(await report.ended).toEqual({ type: "completed", rc: undefined });
    expect(taken).toEqual(["stdout", "stdout"]);
  });

  it("apply back-pressure to a worker that does not wait for answers, and lose none", async () => {
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
    const command = await worker.nextCommand();
    const text = `${"x".repeat(65_535)}\n`;
    const answers = Array.from({ length: 500 }, () => worker.update(command, ["stdout", text]));
    await poll("the worker to be held back", () => worker.socket.writableLength > 20_000_000);
    open = true;
    await Promise.all(answers);
    await worker.complete(command);
    expect(await report.ended).toEqual({ type: "completed", rc: undefined });
    expect(bytes).toBe(32_768_000);
  });

  it.each([
    ["invalid text", "stdout", 5],
    ["an invalid rc", "rc", "0"],
    ["an rc that is a fraction", "rc", new Float(0.5)],
    ["invalid files", "files", "a"],
    ["invalid file names", "files", [5]],
    ["an invalid stat", "stat", "x"],
    ["a log without text", "log", "l"],
    ["an invalid elapsed time", "elapsed", "1"],
  ] satisfies [string, string, JellyValue][])("are refused for %s, and the command goes on", async (_, key, value) => {
    const master = await listen();
    const worker = await attach(master.port);
    const report = start(await master.worker(), "shell", shell(["true"]));
    const command = await worker.nextCommand();
    await expect(worker.update(command, ["stdout", "before\n"], [key, value])).rejects.toMatchObject({
      code: sessionErrors.remoteFailure.code,
    });
    await worker.update(command, ["rc", 0]);
    await worker.complete(command);
    expect(await report.ended).toEqual({ type: "completed", rc: 0 });
    expect(report.text("stdout")).toBe("before\n");
  });

  it("are ignored for an unknown command, which is logged a few times", async () => {
    const master = await listen();
    const worker = await attach(master.port);
    const report = start(await master.worker(), "shell", shell(["true"]));
    const command = await worker.nextCommand();
    await worker.update(command, ["rc", 0]);
    await worker.complete(command);
    await worker.complete(command);
    for (let count = 0; count < 50; count += 1) await worker.update(command, ["rc", 1]);
    expect(await report.ended).toEqual({ type: "completed", rc: 0 });
    expect(report.updates).toEqual([{ key: "rc", rc: 0 }]);
    expect(master.log.length).toBe(20);
    expect(master.log[0]).toMatch(/^worker 'w1' at .* sent its end for a command that is not running, ignored$/);
    expect(master.log.at(-1)).toContain("further ones are not logged");
  });

  it("end the command when the master cannot process them", async () => {
    const master = await listen();
    const interrupts: JellyValue[] = [];
    const worker = await attach(master.port, {
      interruptCommand: ({ args }) => {
        interrupts.push(args[1] ?? null);
        return null;
      },
    });
    const report = start(await master.worker(), "shell", shell(["true"]), {
      onUpdate: () => {
        throw new Error("the disk is full");
      },
    });
    const command = await worker.nextCommand();
    await worker.update(command, ["stdout", "x\n"]);
    await poll("the interrupt", () => interrupts.length === 1);
    await worker.update(command, ["rc", 0]);
    await worker.complete(command);
    expect(await report.ended).toEqual({
      type: "failed",
      reason: "the master could not process its output: the disk is full",
    });
  });
});

describe("the end of a command over PB", () => {
  it.each([
    ["a failure", new Failure({ type: "builtins.OSError", message: "no disk" }), "builtins.OSError: no disk"],
    ["text", "no disk", "no disk"],
    ["something else", 5, "the worker gave no reason"],
  ])("is a failure when the worker reports it by %s", async (_, failure, reason) => {
    const master = await listen();
    const worker = await attach(master.port);
    const report = start(await master.worker(), "shell", shell(["true"]));
    await worker.complete(await worker.nextCommand(), failure);
    expect(await report.ended).toEqual({ type: "failed", reason });
  });

  it("is a failure when the worker refuses the command", async () => {
    const master = await listen();
    await attach(master.port, { startCommand: () => Promise.reject(commandsErrors.missingKey("dir")) });
    const { end } = await run(await master.worker(), "mkdir", {});
    expect(end).toEqual({ type: "failed", reason: "the peer's startCommand failed: builtins.KeyError: 'dir'" });
  });

  it("is a lost connection when the worker never answers", async () => {
    const clock = new ManualClock();
    const master = await listen({ clock });
    let asked = 0;
    const worker = await attach(master.port, {
      startCommand: () => {
        asked += 1;
        return new Promise(() => {});
      },
    });
    const link = await master.worker();
    const report = start(link, "shell", shell(["true"]));
    await poll("the command", () => asked === 1);
    clock.advance(600_000);
    expect(await report.ended).toEqual({
      type: "lost",
      reason: "the worker has not answered the start of a command for 600 seconds",
    });
    await worker.closed;
  });

  it("comes in time when an upload fails that the worker never ends", async () => {
    const clock = new ManualClock();
    const master = await listen({ clock });
    const worker = await attach(master.port);
    const abandoned: string[] = [];
    const report = start(
      await master.worker(),
      "uploadFile",
      {},
      {
        upload: {
          write: () => Promise.reject(new Error("the disk is full")),
          close: async () => {},
          abandon: async () => void abandoned.push("yes"),
        },
      },
    );
    const command = await worker.nextCommand();
    const writer = command.args.get("writer") as Remote;
    await expect(worker.call(writer, "write", Buffer.from("x"))).rejects.toMatchObject({
      code: sessionErrors.remoteFailure.code,
    });
    clock.advance(10_000);
    expect(await report.ended).toEqual({ type: "failed", reason: "the disk is full" });
    expect(abandoned).toEqual(["yes"]);
  });
});

describe("an upload over PB", () => {
  async function uploading(master: TestMaster) {
    const worker = await attach(master.port);
    const done: string[] = [];
    const report = start(
      await master.worker(),
      "uploadFile",
      {},
      {
        upload: {
          write: async (block) => void done.push(`write ${Buffer.from(block).toString()}`),
          utime: async (accessed, modified) => void done.push(`utime ${accessed} ${modified}`),
          close: async () => void done.push("close"),
          abandon: async () => void done.push("abandon"),
        },
      },
    );
    const command = await worker.nextCommand();
    const writer = command.args.get("writer") as Remote;
    return {
      worker,
      command,
      report,
      done,
      call: (method: string, ...args: JellyValue[]) => worker.call(writer, method, ...args),
    };
  }

  it("is executed in order, and put into place when the command has succeeded", async () => {
    const { worker, command, report, done, call } = await uploading(await listen());
    await Promise.all(["a", "b", "c"].map((text) => call("write", Buffer.from(text))));
    await call("close");
    await call("utime", new Tuple<JellyValue>([new Float(1), new Float(2.5)]));
    expect(done).toEqual(["write a", "write b", "write c"]);
    await worker.update(command, ["rc", 0]);
    await worker.complete(command);
    await report.ended;
    expect(done.slice(3)).toEqual(["utime 1 2.5", "close"]);
  });

  it.each([
    ["fails", ["close"], 1, "completed"],
    ["has no rc", ["close"], undefined, "completed"],
    ["did not end the file", [], 0, "failed"],
    ["ends the file like an archive", ["unpack"], 0, "failed"],
  ] as const)("is given up when the command %s", async (_, calls, rc, type) => {
    const { worker, command, report, done, call } = await uploading(await listen());
    for (const method of calls) await call(method);
    if (rc !== undefined) await worker.update(command, ["rc", rc]);
    await worker.complete(command);
    expect((await report.ended).type).toBe(type);
    expect(done).toEqual(["abandon"]);
  });

  it("is abandoned when the worker is lost", async () => {
    const { worker, report, done, call } = await uploading(await listen());
    await call("close");
    worker.socket.destroy();
    expect((await report.ended).type).toBe("lost");
    expect(done).toEqual(["abandon"]);
  });

  it.each([
    ["an invalid block", "write", [5]],
    ["no block", "write", []],
  ] as [string, string, JellyValue[]][])("fails for %s", async (_, method, args) => {
    const { worker, command, report, call } = await uploading(await listen());
    await expect(call(method, ...args)).rejects.toMatchObject({ code: sessionErrors.remoteFailure.code });
    await worker.complete(command);
    expect(await report.ended).toMatchObject({ type: "failed", reason: expect.stringContaining("expected bytes") });
  });

  it("accepts nothing for a command that is over", async () => {
    const { worker, command, report, done, call } = await uploading(await listen());
    await worker.complete(command);
    await report.ended;
    await expect(call("write", Buffer.from("x"))).rejects.toMatchObject({ code: sessionErrors.remoteFailure.code });
    expect(done).toEqual(["abandon"]);
  });
});

describe("a download over PB", () => {
  it.each([
    ["no length", []],
    ["a length below zero", [-1]],
    ["text as a length", ["5"]],
  ] as [string, JellyValue[]][])("fails for %s", async (_, args) => {
    const master = await listen();
    const worker = await attach(master.port);
    let isClosed = false;
    const close = async () => {
      isClosed = true;
    };
    const report = start(
      await master.worker(),
      "downloadFile",
      {},
      {
        download: { read: async () => Buffer.from("x"), close },
      },
    );
    const command = await worker.nextCommand();
    const reader = command.args.get("reader") as Remote;
    await expect(worker.call(reader, "read", ...args)).rejects.toMatchObject({
      code: sessionErrors.remoteFailure.code,
    });
    await worker.complete(command);
    expect((await report.ended).type).toBe("failed");
    expect(isClosed).toBe(true);
  });

  it("sends no more at a time than fits into a message, and nothing after it is closed", async () => {
    const master = await listen();
    const worker = await attach(master.port);
    start(
      await master.worker(),
      "downloadFile",
      {},
      {
        download: { read: async (length) => Buffer.alloc(length, "x"), close: async () => {} },
      },
    );
    const command = await worker.nextCommand();
    const reader = command.args.get("reader") as Remote;
    expect(((await worker.call(reader, "read", 10_000_000)) as Uint8Array).length).toBe(655_360);
    await worker.call(reader, "close");
    expect(((await worker.call(reader, "read", 10)) as Uint8Array).length).toBe(0);
  });
});

describe("a hostile unauthenticated client over PB", () => {
  it.each([
    ["a wrong password", "w1", "wrong"],
    ["an unknown name", "nobody", "sekret"],
    ["a name with control characters", "a\n\u001b[2Jb", "x"],
  ])("with %s gets a delayed answer, with the error of real masters, and is logged once", async (_, name, password) => {
    const clock = new ManualClock();
    const master = await listen({ clock });
    const { broker, socket } = await meet(master.port);
    const refusal = login(broker, { name, password }, { methods: new Map() }).catch((error: unknown) => error);
    await poll("the refusal", () => master.log.length === 1);
    clock.advance(999);
    clock.advance(1);
    expect(await refusal).toMatchObject({ code: sessionErrors.loginRefused.code });
    expect(master.log[0]).toMatch(
      /^the worker at 127\.0\.0\.1:\d+ was rejected as '[ -~]*': unknown worker or wrong password/,
    );
    socket.destroy();
  });

  it("that floods the master with wrong passwords gets three attempts per connection, and few log lines", async () => {
    const master = await listen({ names });
    const floods = Array.from({ length: 30 }, async () => {
      const { broker, closed } = await meet(master.port);
      const tries = Array.from({ length: 10 }, () =>
        login(broker, { name: "w1", password: "wrong" }, { methods: new Map() }).catch(() => {}),
      );
      await Promise.all([...tries, closed]);
    });
    await Promise.all(floods);
    expect(master.log.length).toBeLessThanOrEqual(20);
    await lives(master);
  });

  it("that sends nothing is disconnected, and so are the oldest beyond the limit", async () => {
    const clock = new ManualClock();
    const master = await listen({ clock });
    const first = await meet(master.port);
    const others = [];
    for (let count = 0; count < MAX_UNAUTHENTICATED; count += 1) others.push(await meet(master.port));
    await first.closed;
    expect(master.log[0]).toContain("had not logged in when there were more than 100 such connections");
    clock.advance(30_000);
    await Promise.all(others.map(({ closed }) => closed));
  });

  it.each([
    ["garbage", Buffer.alloc(1000, 0xff)],
    ["a request of HTTP", Buffer.from(`GET / HTTP/1.1\r\nUser-Agent: ${"x".repeat(100)}\r\n\r\n`)],
    ["a string of 700 000 bytes", Buffer.from([0x00, 0x5d, 0x2a, 0x82])],
    ["deep lists", Buffer.alloc(3000, Buffer.from([0x01, 0x80]))],
  ])("that sends %s is disconnected, with one sentence in the log", async (_, bytes) => {
    const master = await listen({ names });
    const socket = connect(master.port, "127.0.0.1");
    socket.on("error", () => {}); // as the master pleases
    socket.resume();
    socket.write(bytes);
    await new Promise((resolve) => socket.once("close", resolve));
    expect(master.log).toEqual([
      expect.stringMatching(/^the worker at .* broke the protocol: .*; closing its connection$/),
    ]);
    await lives(master);
  });

  it("that sends too much before the login is disconnected", async () => {
    const master = await listen();
    const { broker, closed } = await meet(master.port);
    broker.call("root", "nothing", [Buffer.alloc(100_000)]).catch(() => {});
    await closed;
    expect(master.log).toEqual([expect.stringContaining("sent more than 65536 bytes without logging in")]);
  });

  it("that logs in twice over one connection gets an error for the second login only", async () => {
    const master = await listen();
    const worker = await attach(master.port);
    await expect(
      login(worker.broker, { name: "w1", password: "sekret" }, { methods: new Map() }),
    ).rejects.toMatchObject({
      code: sessionErrors.loginFailed.code,
    });
    expect(master.links.length).toBe(1);
  });
});

describe("a hostile worker with the right password over PB", () => {
  it.each([
    ["rejects the first message", { print: () => Promise.reject(commandsErrors.missingKey("x")) }],
    ["answers the request for its facts with nonsense", { getWorkerInfo: () => 5 }],
    ["answers its list of builders with nonsense", { setBuilderList: () => 5 }],
    ["answers its list of builders without objects", { setBuilderList: () => new Map([["b1", "x"]]) }],
  ])("is not attached when it %s", async (_, methods) => {
    const master = await listen({ names });
    await expect(attach(master.port, methods)).rejects.toMatchObject({ code: sessionErrors.loginFailed.code });
    expect(master.log).toEqual([expect.stringMatching(/^worker 'w1' at .* was rejected: /)]);
    await lives(master);
  });

  it("is disconnected when it does not report its facts", async () => {
    const clock = new ManualClock();
    const master = await listen({ clock });
    let asked = false;
    const attached = attach(master.port, {
      getWorkerInfo: () => {
        asked = true;
        return new Promise(() => {});
      },
    }).catch((error: unknown) => error);
    await poll("the question", () => asked);
    clock.advance(120_000);
    expect(await attached).toMatchObject({ code: sessionErrors.connectionLost.code });
    expect(master.log).toEqual([
      expect.stringMatching(/^worker 'w1' at .* has not sent its facts within 120 seconds; closing its connection$/),
    ]);
  });

  it("may report many facts, of which a limited number is kept", async () => {
    const master = await listen();
    const facts = Array.from({ length: 5000 }, (_, number): [string, JellyValue] => [
      `fact-${number}`,
      "x".repeat(100),
    ]);
    const variables = Array.from({ length: 5000 }, (_, number): [string, string] => [`V${number}`, "y".repeat(1000)]);
    await attach(master.port, {
      getWorkerInfo: () =>
        new Map<JellyValue, JellyValue>([["long", "z".repeat(500_000)], ...facts, ["environ", new Map(variables)]]),
    });
    const { info } = await master.worker();
    expect(info.facts.size).toBe(200);
    expect(info.facts.get("long")?.length).toBe(8192);
    expect(info.environment.size).toBeLessThanOrEqual(2000);
    expect(master.log).toEqual([expect.stringMatching(/sent more facts than are kept; dropped \d+ parts/)]);
  });

  it.each([
    [
      "answers what nobody asked",
      (worker: Awaited<ReturnType<typeof attach>>) => worker.socket.write(ANSWER_TO_NOTHING),
    ],
    [
      "gives back what it does not have",
      (worker: Awaited<ReturnType<typeof attach>>) => worker.socket.write(DECREF_OF_NOTHING),
    ],
    ["sends a string that is too long", (worker: Awaited<ReturnType<typeof attach>>) => worker.socket.write(TOO_LONG)],
  ])("loses its connection when it %s, and its command is lost", async (_, act) => {
    const master = await listen({ names });
    const worker = await attach(master.port);
    const report = start(await master.worker(), "shell", shell(["true"]));
    await worker.nextCommand();
    act(worker);
    await worker.closed;
    expect(await report.ended).toMatchObject({ type: "lost", reason: expect.stringContaining("broke the protocol") });
    expect(master.log.length).toBe(1);
    await lives(master);
  });

  it("gets a limited number of pings", async () => {
    const clock = new ManualClock();
    const master = await listen({ clock });
    let isSilent = false;
    let asked = 0;
    const print = () => {
      asked += 1;
      return isSilent ? new Promise<JellyValue>(() => {}) : null;
    };
    await attach(master.port, { print });
    const link = await master.worker();
    asked = 0;
    await Promise.all(Array.from({ length: 30 }, () => link.ping(1000)));
    expect(asked).toBe(10);
    isSilent = true;
    const pings = Array.from({ length: 11 }, () => link.ping(1000).catch((error: unknown) => error));
    clock.advance(1000);
    for (const ping of pings) expect(await ping).toMatchObject({ code: masterErrors.noAnswer.code });
  });
});

/** `[answer, 77, [None]]`, `[decref, 99]`, and the head of a string, in the dialect `pb`. */
const ANSWER_TO_NOTHING = Buffer.from("03801b874d8101800187", "hex");
const DECREF_OF_NOTHING = Buffer.from("02801d876381", "hex");
const TOO_LONG = Buffer.from("01807f7f7f82", "hex");
