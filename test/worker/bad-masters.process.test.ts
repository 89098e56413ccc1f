// What a worker meets on a master's port that is no good master. Whatever it is, the log says what is wrong in one
// sentence, and the worker lives to attach to the good master that comes up there.
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { sessionErrors } from "../../src/session/errors.ts";
import { Broker } from "../../src/session/pb/broker.ts";
import { createPortal, type PortalOptions } from "../../src/session/pb/portal.ts";
import type { RemoteMethod } from "../../src/session/pb/remote-object.ts";
import type { Encodable } from "../../src/wire/banana/element.ts";
import { encodeElement } from "../../src/wire/banana/encoder.ts";
import { bananaLimits } from "../../src/wire/banana/limits.ts";
import { dialectOffer } from "../../src/wire/pb/negotiation.ts";
import { type AttachedWorker, type CommandReport, FakeMaster } from "../support/fake-master.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { poll, standsStill } from "../support/poll.ts";
import { rareTest } from "../support/sized.ts";
import { startTestWorker, type TestWorker, type TestWorkerOptions } from "../support/test-worker.ts";

const PASSWORD = "sekret";
/** Longer than the test worker ever waits before it connects again. */
const RETRY_MS = 100;

const started: { end(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.end();
});

interface BadMaster {
  readonly port: number;
  end(): Promise<void>;
}

/** Serves until its end, or that of the test. */
async function serve(server: Server): Promise<BadMaster> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {}); // the worker broke off, as it should
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const master = {
    port: typeof address === "object" ? (address?.port ?? 0) : 0,
    async end() {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
  started.push(master);
  return master;
}

const badMaster = (greet: (socket: Socket) => void) => serve(createServer({ noDelay: true }, greet));

/** A worker whose time stands still, so that its deadlines come when a test says so. */
async function workerOf(master: BadMaster, options: Omit<TestWorkerOptions, "port"> = {}) {
  const clock = new ManualClock();
  const worker = await startTestWorker({ ...options, port: master.port, settings: { clock } });
  started.push(worker);
  return { clock, worker };
}

/** The entries of the log before the first retry, once there is one. */
async function entriesOfOutage({ log }: TestWorker): Promise<readonly string[]> {
  const isRetry = (entry: string) => entry.startsWith("Scheduling retry ");
  await poll("a retry", () => log.some(isRetry));
  expect(log.filter(isRetry)).toEqual([
    expect.stringMatching(/^Scheduling retry 1 to connect 127\.0\.0\.1:\d+ in 0\.0/),
  ]);
  return log.slice(0, log.findIndex(isRetry));
}

/** A good master takes the place of the bad one, and the worker attaches to it. */
async function expectComeback(bad: BadMaster, { clock, worker }: { clock: ManualClock; worker: TestWorker }) {
  await bad.end();
  const good = await FakeMaster.listen({}, bad.port);
  started.push({ end: () => good.close() });
  clock.advance(RETRY_MS);
  const attached = await good.nextWorker();
  await attached.call("print", "welcome back");
  expect(worker.log).toContain("message from master: welcome back");
  expect(worker.log.join("\n")).not.toContain(PASSWORD);
  expect(worker.log.filter((entry) => entry.includes("\n"))).toEqual([]);
  expect(worker.bugs).toEqual([]);
}

const element = (value: Encodable) => Buffer.concat(encodeElement(value, "none"));
const offer = element(dialectOffer);

/** The header of an element: `size` in base 128, then the type byte. */
function header(size: number, type: number): Buffer {
  const digits: number[] = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / 128)) digits.push(rest % 128);
  return Buffer.from([...digits, type]);
}

const LIST = 0x80;
const STRING = 0x82;
const deepList = Buffer.from(Array.from({ length: 10_000 }, () => [1, LIST]).flat());
const longString = header(bananaLimits.stringBytes + 1, STRING);

const noMaster = (seen: string) => (port: number) =>
  `login: the server at 127.0.0.1:${port} is not a Buildbot master for workers (Perspective Broker): ${seen}; check host and port`;
const lost = (what: string) => (port: number) => `login: the master at 127.0.0.1:${port} ${what}`;
const NO_GREETING =
  "it is restarting or stuck, a load balancer answers for it, or it is not a Buildbot master; if this persists, check host and port";
const brokeProtocol = (how: string) => lost(`broke the protocol: ${how}`);

describe("what is no master at all is named in one sentence:", () => {
  it.each<[string, (socket: Socket) => void, (port: number) => unknown]>([
    [
      "a web server that answers at once and hangs up",
      (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"),
      noMaster('it sent "HTTP/1.1 400 Bad Request\\r\\n\\r\\n"'),
    ],
    [
      "a web server that answers a page at once",
      (socket) => socket.write(`HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n${"<p>".repeat(50_000)}`),
      noMaster('it sent "HTTP/1.1 400 Bad Request\\r\\nContent-Type: text/html\\r\\n\\r\\n<p><p><"'),
    ],
    [
      "a server that sends garbage",
      (socket) => socket.write(Buffer.from([0x1b, 0x5b, 0x32, 0x4a, 0xff, 0xfe, 0x00])),
      noMaster('it sent "\\u001b[2J\\u00ff\\u00fe\\u0000"'),
    ],
    ["a server that hangs up at once", (socket) => socket.end(), lost(`closed the connection: ${NO_GREETING}`)],
    [
      "a server that resets the connection at once",
      (socket) => socket.resetAndDestroy(),
      () => expect.stringMatching(/^(TCP|login): .*ECONNRESET/),
    ],
    [
      "a list that is nested 10000 deep",
      (socket) => socket.write(deepList),
      noMaster(`it sent "${"\\u0001\\u0080".repeat(30)}"`),
    ],
    [
      "a banana of another sort",
      (socket) => socket.write(element(["profile-x"])),
      noMaster('it sent "\\u0001\\u0080\\t\\u0082profile-x"'),
    ],
  ])("%s", async (_, greet, sentence) => {
    const bad = await badMaster(greet);
    const one = await workerOf(bad);
    expect(await entriesOfOutage(one.worker)).toEqual([sentence(bad.port)]);
    await expectComeback(bad, one);
  });
});

describe("a master that breaks the protocol is left with one sentence:", () => {
  it.each<[string, readonly Uint8Array[], (port: number) => string]>([
    ["another version", [element(["version", 7])], brokeProtocol("expected Perspective Broker version 6, got 7")],
    [
      "a handle given back that it never had",
      [element(["version", 6]), element(["decref", 99])],
      brokeProtocol("decref of object 99, which the peer does not hold"),
    ],
    [
      "an answer that nobody asked for",
      [element(["answer", 42, ["None"]])],
      brokeProtocol("an answer to request 42, which is not pending"),
    ],
    ["a message that is none", [element(7)], brokeProtocol("expected a message, which is a list, got an integer")],
    [
      "a string over the limit",
      [longString],
      brokeProtocol(`a string of ${bananaLimits.stringBytes + 1} exceeds the limit of ${bananaLimits.stringBytes}`),
    ],
    [
      "a string that is announced with 100 MB",
      [header(100_000_000, STRING)],
      brokeProtocol(`a string of 100000000 exceeds the limit of ${bananaLimits.stringBytes}`),
    ],
    [
      "a list that is nested 10000 deep",
      [deepList],
      brokeProtocol(`a nesting of lists of ${bananaLimits.depth + 1} exceeds the limit of ${bananaLimits.depth}`),
    ],
    [
      "garbage",
      [Buffer.from([0xff])],
      brokeProtocol("expected a banana type byte (0x80 to 0x87), got 0xff; the peer does not speak Perspective Broker"),
    ],
  ])("%s", async (_, words, sentence) => {
    const bad = await badMaster((socket) => socket.write(Buffer.concat([offer, ...words])));
    const one = await workerOf(bad);
    expect(await entriesOfOutage(one.worker)).toEqual([sentence(bad.port)]);
    await expectComeback(bad, one);
  });

  it("a connection that is reset in the middle of the login", async () => {
    const bad = await badMaster((socket) => {
      socket.write(offer);
      socket.on("data", () => socket.resetAndDestroy());
    });
    const one = await workerOf(bad);
    const sentence = lost("dropped the connection: read ECONNRESET");
    expect(await entriesOfOutage(one.worker)).toEqual([sentence(bad.port)]);
    await expectComeback(bad, one);
  });

  it("a message that would have 100 MB, each string of it within its limit", async () => {
    const string = Buffer.concat([header(bananaLimits.stringBytes, STRING), Buffer.alloc(bananaLimits.stringBytes)]);
    const stringCount = 160;
    let socket: Socket | undefined;
    const bad = await badMaster((accepted) => {
      socket = accepted;
      socket.write(Buffer.concat([offer, header(stringCount, LIST)]));
      for (let i = 0; i < stringCount; i += 1) socket.write(string);
    });
    const one = await workerOf(bad);
    const [sentence, ...more] = await entriesOfOutage(one.worker);
    expect(sentence).toContain(brokeProtocol("a message of ")(bad.port));
    expect(sentence).toContain(`exceeds the limit of ${bananaLimits.messageBytes}`);
    expect(more).toEqual([]);
    await poll("the end of the connection", () => socket?.closed);
    await expectComeback(bad, one);
  });
});

describe("a master that goes silent is given up:", () => {
  const silent = lost(`has sent nothing for 30 seconds: ${NO_GREETING}`);

  it.each<[string, (socket: Socket) => void, (port: number) => string]>([
    ["from the first", () => {}, silent],
    [
      "after other words than a master's",
      (socket) => socket.write("220 mail\r\n"),
      noMaster('it sent "220 mail\\r\\n"'),
    ],
  ])("%s, after 30 seconds", async (_, greet, sentence) => {
    let connections = 0;
    const bad = await badMaster((socket) => {
      connections += 1;
      greet(socket);
    });
    const one = await workerOf(bad);
    const { service } = one.worker;
    await poll("the connection", () => connections === 1 && service.connectionStatus().phase === "login");
    // What was written is in the system now, and is read in the next turn.
    for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    one.clock.advance(29_999);
    expect(one.worker.log).toEqual([]);
    one.clock.advance(1);
    expect(await entriesOfOutage(one.worker)).toEqual([sentence(bad.port)]);
    await expectComeback(bad, one);
  });

  it("a web server, which waits for us to speak", async () => {
    const server = createHttpServer();
    const bad = await serve(server);
    const one = await workerOf(bad);
    await poll("the connection", () => one.worker.service.connectionStatus().phase === "login");
    one.clock.advance(30_000);
    expect(await entriesOfOutage(one.worker)).toEqual([silent(bad.port)]);
    await expectComeback(bad, one);
  });

  it("in the middle of the login, after two minutes", async () => {
    let heard = "";
    const bad = await badMaster((socket) => {
      socket.write(offer);
      socket.on("data", (chunk: Buffer) => {
        heard += chunk.toString("latin1");
      });
    });
    const one = await workerOf(bad);
    await poll("the name", () => heard.includes("w1"));
    one.clock.advance(119_999);
    expect(one.worker.log).toEqual([]);
    one.clock.advance(1);
    const sentence = lost("has sent nothing for 120 seconds");
    expect(await entriesOfOutage(one.worker)).toEqual([sentence(bad.port)]);
    await expectComeback(bad, one);
  });

  it("for good, noticed by a keepalive that nobody answers for two minutes", async () => {
    const master = await FakeMaster.listen({ onKeepalive: () => new Promise(() => {}) });
    const bad = { port: master.port, end: () => master.close() };
    const one = await workerOf(bad, { keepaliveSeconds: 600 });
    const { clock, worker } = one;
    const sentence = `connection lost: the master at 127.0.0.1:${bad.port} has not answered a keepalive for 120 seconds`;
    await poll("the login", () => worker.log.includes("sending application-level keepalives every 600 seconds"));
    clock.advance(600_000);
    expect(worker.log.at(-1)).toBe("sending app-level keepalive");
    clock.advance(119_999);
    expect(worker.log.at(-1)).toBe("sending app-level keepalive");
    clock.advance(1);
    expect((await entriesOfOutage(worker)).at(-1)).toBe(sentence);
    await expectComeback(bad, one);
  });
});

/** A master that speaks properly and serves `root`, or a portal that attaches as it is told. */
function properMaster(root: Record<string, RemoteMethod> | Omit<PortalOptions, "broker">): Promise<BadMaster> {
  return badMaster((socket) => {
    const broker: Broker = new Broker({
      role: "server",
      send: (chunks) => void socket.write(Buffer.concat(chunks)),
      root:
        "passwordOf" in root
          ? createPortal({ ...(root as Omit<PortalOptions, "broker">), broker: () => broker })
          : { methods: new Map(Object.entries(root)) },
    });
    socket.on("data", (chunk: Buffer) => broker.receive(chunk));
    socket.on("close", () => broker.close(new Error("the worker is gone")));
  });
}

describe("a refused login is logged and retried:", () => {
  it.each<[string, Parameters<typeof properMaster>[0], string]>([
    [
      "a wrong password",
      { passwordOf: () => "other", attach: () => Promise.reject(new Error("never asked")) },
      "login: unauthorized login; check worker name and password: the master does not know worker 'w1', or the password is wrong",
    ],
    [
      "another worker under the same name",
      {
        passwordOf: () => PASSWORD,
        attach: () => Promise.reject(sessionErrors.pbState("rejecting duplicate worker")),
      },
      "login: the master refused it: rejecting duplicate worker: another worker is connected as 'w1', or the master has not yet noticed that this worker's last connection is gone",
    ],
    [
      "an answer that is no challenge",
      { login: () => "welcome" },
      "login: the master refused it: its answer to login is not a challenge and an authenticator",
    ],
    ["a master without logins", {}, "login: the master refused it: No such method: remote_login"],
  ])("%s", async (_, root, sentence) => {
    const bad = await properMaster(root);
    const one = await workerOf(bad);
    expect(await entriesOfOutage(one.worker)).toEqual([sentence]);
    await expectComeback(bad, one);
  });
});

describe("a master that does not read", () => {
  const LINES = 12_900_000;
  const MEGABYTE = 1024 * 1024;

  /** Commands that print 100 MB each to a master that stops reading; and how much they had printed when they could no more. */
  async function heldUpCommands(master: FakeMaster, { port, count, stopReading }: HoldUp) {
    started.push({ end: () => master.close() });
    const worker = await startTestWorker({ port });
    started.push(worker);
    const attached = await master.nextWorker();
    const names = Array.from({ length: count }, (_, i) => `b${i}`);
    const builders = await attached.setBuilders(...names);
    const command = `echo $$ >pid.new; mv pid.new pid; read go <go; exec seq 1 ${LINES}`;
    const reports: CommandReport[] = [];
    for (const name of names) {
      execFileSync("mkfifo", [join(worker.basedir, name, "go")]);
      const args = { command, workdir: ".", logEnviron: false };
      reports.push(await attached.startCommand(builders.get(name)!, "shell", args));
      await poll("the command", () => existsSync(join(worker.basedir, name, "pid")));
    }
    await stopReading(attached);
    for (const name of names) await writeFile(join(worker.basedir, name, "go"), "\n");
    const pids = names.map((name) => Number(readFileSync(join(worker.basedir, name, "pid"), "latin1")));
    const printedBytes = await standsStill("the output", () => pids.reduce((sum, pid) => sum + printedBytesOf(pid), 0));
    return { worker, attached, reports, printedBytes };
  }

  interface HoldUp {
    readonly port: number;
    readonly count: number;
    readonly stopReading: (attached: AttachedWorker) => unknown;
  }

  const HELD_UP =
    "holds the command up instead of filling the worker's memory, and gets every byte when it reads again";
  rareTest(HELD_UP, 180_000, async () => {
    const before = process.memoryUsage();
    const master = await FakeMaster.listen();
    const stopReading = ({ socket }: AttachedWorker) => socket.pause();
    const held = await heldUpCommands(master, { port: master.port, count: 1, stopReading });
    const { attached, reports, printedBytes } = held;
    const report = reports[0]!;
    const after = process.memoryUsage();
    expect(printedBytes).toBeGreaterThan(MEGABYTE);
    expect(printedBytes).toBeLessThan(8 * MEGABYTE);
    expect(after.external + after.heapUsed - before.external - before.heapUsed).toBeLessThan(64 * MEGABYTE);
    attached.socket.resume();
    expect(await report.completed).toBeNull();
    expect(report.value("rc")).toBe(0);
    const printed = execFileSync("sh", ["-c", `seq 1 ${LINES} | sha256sum`], { encoding: "latin1" });
    expect(sha256OfOutput(report)).toBe(printed.split(" ")[0]);
  });

  it.skipIf(!existsSync(PYTHON))("gets the answer to a call before output that waited when it called", async () => {
    const master = await FakeMaster.listen();
    const relay = await startRelay(master.port);
    // One alone may not wait with more than the kernel takes.
    const held = await heldUpCommands(master, { port: relay.port, count: 3, stopReading: () => relay.pause() });
    const { worker, attached, reports, printedBytes } = held;
    const received = () => reports.reduce((sum, report) => sum + receivedBytes(report), 0);
    const answer = attached.call("print", "how are you?").then(received);
    await poll("the call", () => worker.log.includes("message from master: how are you?"));
    relay.resume();
    expect(await answer).toBeLessThan(printedBytes - MEGABYTE);
  });
});

const PYTHON = "/usr/bin/python3";

/**
 * Passes bytes on both ways, those of the worker only while it is not paused. In Python, for the receive buffer: as Node
 * leaves it, the kernel takes all the output that a worker has under way, and nothing waits in the worker.
 */
const RELAY = `
import socket, sys, threading
reading = threading.Event()
reading.set()
listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
listener.bind(("127.0.0.1", 0))
listener.listen()
print(listener.getsockname()[1], flush=True)
worker, _ = listener.accept()
master = socket.create_connection(("127.0.0.1", int(sys.argv[1])))

def pass_on(source, target, gate=None):
    while True:
        if gate: gate.wait()
        data = source.recv(65536)
        if not data: return
        target.sendall(data)

threading.Thread(target=pass_on, args=(worker, master, reading), daemon=True).start()
threading.Thread(target=pass_on, args=(master, worker), daemon=True).start()
for line in sys.stdin:
    if line == "pause\\n": reading.clear()
    else: reading.set()
    print(line, flush=True)
`;

async function startRelay(masterPort: number) {
  const relay = spawn(PYTHON, ["-c", RELAY, String(masterPort)], { stdio: ["pipe", "pipe", "ignore"] });
  const ended = new Promise((resolve) => relay.on("exit", resolve));
  started.push({
    async end() {
      relay.kill("SIGKILL");
      await ended;
    },
  });
  const lines = relay.stdout.setEncoding("utf8")[Symbol.asyncIterator]();
  const port = Number((await lines.next()).value);
  return {
    port,
    async pause() {
      relay.stdin.write("pause\n");
      await lines.next();
    },
    resume: () => void relay.stdin.write("resume\n"),
  };
}

/** What a process has written so far, to wherever. */
function printedBytesOf(pid: number): number {
  return Number(/^wchar: (\d+)$/m.exec(readFileSync(`/proc/${pid}/io`, "latin1"))?.[1]);
}

function outputOf(report: CommandReport): readonly string[] {
  return report.updates.filter(([key]) => key === "stdout").map(([, value]) => String(value));
}

/** All of the output is ASCII. */
function receivedBytes(report: CommandReport): number {
  return outputOf(report).reduce((sum, text) => sum + text.length, 0);
}

function sha256OfOutput(report: CommandReport): string {
  const hash = createHash("sha256");
  for (const text of outputOf(report)) hash.update(text);
  return hash.digest("hex");
}
