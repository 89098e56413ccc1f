// What a worker meets on a port where a master for MessagePack should be. Whatever it is, the master gets an error for an
// answer, or the log says what is wrong in one sentence, and the worker lives to attach to the good master that comes there.
import { createHash } from "node:crypto";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { encodeElement } from "../../src/wire/banana/encoder.ts";
import { decodeMessage } from "../../src/wire/msgpack/decoder.ts";
import { encodeMessage } from "../../src/wire/msgpack/encoder.ts";
import { msgpackLimits } from "../../src/wire/msgpack/limits.ts";
import type { MsgpackValue } from "../../src/wire/msgpack/values.ts";
import { dialectOffer } from "../../src/wire/pb/negotiation.ts";
import type { Protocol } from "../../src/worker/worker-service.ts";
import { type AttachedMsgpackWorker, FakeMsgpackMaster } from "../support/fake-msgpack-master.ts";
import { type Listening, listen, plainServer } from "../support/listening.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { poll } from "../support/poll.ts";
import { rareTest } from "../support/sized.ts";
import { startTestWorker, type TestWorker } from "../support/test-worker.ts";

const MSGPACK = { name: "msgpack", path: "/workers" } as const satisfies Protocol;
/** Longer than the test worker ever waits before it connects again. */
const RETRY_MS = 100;

const started: { end(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.end();
});

interface Meeting {
  readonly clock: ManualClock;
  readonly worker: TestWorker;
  readonly port: number;
  /** Ends what the worker met. */
  readonly leave: () => Promise<void>;
}

/** A worker whose time stands still, so that its deadlines come when a test says so. */
async function meet(bad: Listening, protocol: Protocol = MSGPACK): Promise<Meeting> {
  let isThere = true;
  const leave = async () => {
    if (isThere) await bad.end();
    isThere = false;
  };
  started.push({ end: leave });
  const clock = new ManualClock();
  const worker = await startTestWorker({ port: bad.port, protocol, settings: { clock } });
  started.push(worker);
  return { clock, worker, port: bad.port, leave };
}

/** The entries of the log before the first retry, once there is one. */
async function entriesOfOutage({ worker: { log } }: Meeting): Promise<readonly string[]> {
  const isRetry = (entry: string) => entry.startsWith("Scheduling retry ");
  await poll("a retry", () => log.some(isRetry));
  return log.slice(0, log.findIndex(isRetry));
}

/** A good master takes the place of the bad one, and the worker attaches to it. */
async function expectComeback({ clock, worker, port, leave }: Meeting): Promise<void> {
  await leave();
  const good = await FakeMsgpackMaster.listen({}, port);
  started.push({ end: () => good.close() });
  clock.advance(RETRY_MS);
  const attached = await good.nextWorker();
  await attached.request("print", { message: "welcome back" });
  expect(worker.log).toContain("message from master: welcome back");
  expect(worker.log.join("\n")).not.toMatch(/sekret|dzE6c2Vrc/);
  expect(worker.log.filter((entry) => entry.includes("\n"))).toEqual([]);
  expect(worker.bugs).toEqual([]);
}

/** Waits for the request, and answers it so. */
const answers = (text: string) => plainServer((socket) => void socket.once("data", () => socket.end(text)));

describe("what makes no WebSocket is named in one sentence:", () => {
  const refused = (what: string) => (port: number) => `login: the server at 127.0.0.1:${port} ${what}`;
  const lost = (what: string) => (port: number) => `login: the master at 127.0.0.1:${port} ${what}`;

  it.each<[string, string, (port: number) => string]>([
    [
      "401, as masters answer to a wrong password",
      "HTTP/1.1 401 Unauthorized\r\n\r\n",
      () =>
        "login: unauthorized login; check worker name and password: the master does not know worker 'w1', or the password is wrong",
    ],
    [
      "403",
      "HTTP/1.1 403 Forbidden\r\n\r\n",
      refused("denies access (403 Forbidden): check the proxy or firewall in front of the master"),
    ],
    [
      "404",
      "HTTP/1.1 404 Not Found\r\n\r\n",
      refused("has no worker endpoint at /workers (404 Not Found): check the path in buildbot.tac"),
    ],
    ["502", "HTTP/1.1 502 Bad Gateway\r\n\r\n", refused("cannot reach the master behind it (502 Bad Gateway)")],
    [
      "a redirect",
      "HTTP/1.1 302 Found\r\nLocation: https://elsewhere/\r\n\r\n",
      refused(
        "redirects to https://elsewhere/ (302 Found), and workers do not follow redirects: set the host, port and path of the master itself",
      ),
    ],
    [
      "a page, as the port of a master's web pages gives",
      "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage",
      refused("does not accept a WebSocket (200 OK): check that it is the master's MessagePack port"),
    ],
    [
      "500, with characters that make a mess of a terminal",
      "HTTP/1.1 500 \u001b[2Jcleared\r\n\r\n",
      (port) => refused("")(port).trim(),
    ],
    [
      "a handshake with a wrong key",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: wrong\r\n\r\n",
      refused("does not open a WebSocket: Invalid Sec-WebSocket-Accept header"),
    ],
    [
      "an upgrade to something else",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
      refused("does not open a WebSocket: Invalid Upgrade header"),
    ],
    [
      "a mail server",
      "220 mail\r\n",
      refused('is not a MessagePack master: it sent "220 mail\\r\\n"; check host and port'),
    ],
    ["nothing, and the end of the connection", "", lost("closed the connection instead of answering")],
    ["half of an answer", "HTTP/1.1 101 Swi", lost("closed the connection instead of answering")],
  ])("%s", async (_, answer, sentence) => {
    const bad = await meet(await listen(answers(answer)));
    const [entry = "", ...more] = await entriesOfOutage(bad);
    expect(entry).toContain(sentence(bad.port));
    expect(entry).not.toMatch(/\p{Cc}/u);
    expect(more).toEqual([]);
    await expectComeback(bad);
  });

  it("a connection that is reset", async () => {
    const reset = plainServer((socket) => void socket.once("data", () => socket.resetAndDestroy()));
    const bad = await meet(await listen(reset));
    expect(await entriesOfOutage(bad)).toEqual([
      expect.stringMatching(/^login: the master at \S+ dropped the connection: .*ECONNRESET/),
    ]);
    await expectComeback(bad);
  });

  it("a master for PB", async () => {
    const greeting = Buffer.concat(encodeElement(dialectOffer, "none"));
    const bad = await meet(await listen(plainServer((socket) => void socket.resume().write(greeting))));
    expect(await entriesOfOutage(bad)).toEqual([
      refused(
        "is a Buildbot master's port for protocol 'pb', not for MessagePack: check the port, or set protocol = 'pb'",
      )(bad.port),
    ]);
    await expectComeback(bad);
  });

  it("for a worker that speaks PB, a master for MessagePack", async () => {
    const master = await FakeMsgpackMaster.listen();
    const bad = await meet({ port: master.port, accepted: () => 0, end: () => master.close() }, { name: "pb" });
    await poll("the connection", () => bad.worker.service.connectionStatus().phase === "login");
    bad.clock.advance(30_000);
    expect(await entriesOfOutage(bad)).toEqual([
      lost(
        "has sent nothing for 30 seconds: it is restarting or stuck, a load balancer answers for it, or it is not a Buildbot master; if this persists, check host and port",
      )(bad.port),
    ]);
  });

  it.each<[string, () => Listening | Promise<Listening>]>([
    ["a server that says nothing", () => listen(plainServer((socket) => void socket.resume()))],
    ["a web server that never answers", () => listen(createHttpServer())],
    [
      "a server that begins an answer and says no more",
      () => listen(plainServer((socket) => void socket.once("data", () => socket.write("HTTP/1.1 101 Swi")))),
    ],
  ])("%s, after 30 seconds", async (_, serve) => {
    const listening = await serve();
    const bad = await meet(listening);
    await poll(
      "the request",
      () => listening.accepted() > 0 && bad.worker.service.connectionStatus().phase === "login",
    );
    bad.clock.advance(29_999);
    expect(bad.worker.log).toEqual([]);
    bad.clock.advance(1);
    expect(await entriesOfOutage(bad)).toEqual([
      lost("has not answered the request for a WebSocket within 30 seconds")(bad.port),
    ]);
    await expectComeback(bad);
  });
});

/** A server that makes the WebSocket and does that with it. */
async function webSocketServer(greet: (webSocket: WebSocket, socket: Socket) => void): Promise<Listening> {
  const http = createHttpServer();
  const server = new WebSocketServer({ server: http });
  server.on("connection", (webSocket, request) => {
    webSocket.on("error", () => {}); // the worker broke off, as it should
    greet(webSocket, request.socket);
  });
  return listen(http);
}

/** Bytes in place of frames, behind the handshake. */
function rawFrames(bytes: Uint8Array): Promise<Listening> {
  return listen(
    createServer({ noDelay: true }, (socket) => {
      socket.once("data", (request: Buffer) => {
        const key = /^Sec-WebSocket-Key: (.*)\r$/im.exec(request.toString("latin1"))?.[1] ?? "";
        const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
        socket.write(
          `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
        );
        socket.write(bytes);
      });
    }),
  );
}

const deep = Buffer.alloc(10_000, 0x91);

describe("a master that breaks the protocol is left with one sentence:", () => {
  const attach = (what: string) => (port: number) => `attach: the master at 127.0.0.1:${port} ${what}`;
  const broke = (how: string) => attach(`broke the protocol: ${how}`);

  it.each<[string, Uint8Array, (port: number) => string]>([
    [
      "what is no MessagePack",
      Buffer.from([0xc1]),
      broke("expected a plain value, got the byte 0xc1; the peer does not"),
    ],
    ["nothing at all", Buffer.alloc(0), broke("expected ")],
    ["half of a message", encodeMessage(new Map([["op", "print"]])).subarray(0, -2), broke("expected ")],
    ["two messages in one", Buffer.from([0xc0, 0xc0]), broke("expected the end of the message, got 1 more bytes")],
    ["a message that is no map", encodeMessage([1, 2]), broke("expected a map as a message, got something else")],
    [
      "a key that is no text",
      Buffer.from([0x81, 0xc0, 0x02]),
      broke("expected text as the key of a map, got something else"),
    ],
    ["text that is not UTF-8", Buffer.from([0xa1, 0xff]), broke("expected text in UTF-8, got other bytes")],
    [
      "lists that are nested 10000 deep",
      deep,
      broke(`a nesting of arrays and maps of ${msgpackLimits.depth + 1} exceeds the limit of ${msgpackLimits.depth}`),
    ],
    [
      "a list that is announced with four billion items",
      Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]),
      broke("a message's element count of 4294967295 exceeds the limit of "),
    ],
    ["text that is announced with 100 MB", Buffer.from([0xdb, 0x05, 0xf5, 0xe1, 0x00]), broke("expected ")],
    [
      "a response that nobody waits for",
      encodeMessage(
        new Map<string, MsgpackValue>([
          ["op", "response"],
          ["seq_number", 42],
          ["result", null],
        ]),
      ),
      broke("a response to request 42, which is not pending"),
    ],
  ])("%s", async (_, message, sentence) => {
    const bad = await meet(await webSocketServer((webSocket) => webSocket.send(message)));
    const [entry, ...more] = await entriesOfOutage(bad);
    expect(entry).toContain(sentence(bad.port));
    expect(more).toEqual([]);
    await expectComeback(bad);
  });

  it("a message of 100 MB, before it is there", async () => {
    let socketOfWorker: Socket | undefined;
    const bad = await meet(
      await webSocketServer((webSocket, socket) => {
        socketOfWorker = socket;
        webSocket.send(Buffer.alloc(100_000_000));
      }),
    );
    const sentence = attach(`sent a message of more than ${msgpackLimits.messageBytes} bytes`);
    expect(await entriesOfOutage(bad)).toEqual([sentence(bad.port)]);
    await poll("the end of the connection", () => socketOfWorker?.closed);
    await expectComeback(bad);
  });

  it("a message of 100 MB in small pieces", async () => {
    const piece = Buffer.alloc(1_000_000);
    const bad = await meet(
      await webSocketServer((webSocket) => {
        for (let i = 0; i < 99; i += 1) webSocket.send(piece, { fin: false });
        webSocket.send(piece, { fin: true });
      }),
    );
    const sentence = attach(`sent a message of more than ${msgpackLimits.messageBytes} bytes`);
    expect(await entriesOfOutage(bad)).toEqual([sentence(bad.port)]);
    await expectComeback(bad);
  });

  rareTest("a message of 100 MB that is compressed", 180_000, async () => {
    const http = createHttpServer();
    new WebSocketServer({ server: http, perMessageDeflate: { threshold: 0 } }).on("connection", (webSocket) => {
      webSocket.on("error", () => {}); // the worker broke off, as it should
      webSocket.send(Buffer.alloc(100_000_000));
    });
    const bad = await meet(await listen(http), { ...MSGPACK, deflate: true });
    const sentence = attach(`sent a message of more than ${msgpackLimits.messageBytes} bytes`);
    expect(await entriesOfOutage(bad)).toEqual([sentence(bad.port)]);
    await expectComeback(bad);
  });

  it.each<[string, Uint8Array]>([
    ["a frame that is masked", Buffer.from([0x82, 0x81, 1, 2, 3, 4, 0xc1])],
    ["a frame of an unknown kind", Buffer.from([0x83, 0x00])],
    ["a compressed frame that nobody agreed on", Buffer.from([0xc2, 0x01, 0xc0])],
    ["text that is not UTF-8", Buffer.from([0x81, 0x01, 0xff])],
    ["a ping of more than 125 bytes", Buffer.from([0x89, 0x7e, 0x01, 0x00])],
    ["the rest of a message that never began", Buffer.from([0x80, 0x01, 0xc0])],
  ])("%s", async (_, bytes) => {
    const bad = await meet(await rawFrames(bytes));
    const [entry, ...more] = await entriesOfOutage(bad);
    expect(entry).toContain(attach("violated the WebSocket protocol: ")(bad.port));
    expect(more).toEqual([]);
    await expectComeback(bad);
  });

  it("a connection that is closed with a code and a reason", async () => {
    const bad = await meet(await webSocketServer((webSocket) => webSocket.close(1001, "going\naway")));
    expect(await entriesOfOutage(bad)).toEqual([attach('closed the connection (1001 "going\\naway")')(bad.port)]);
    await expectComeback(bad);
  });

  it("one that lets the worker in and does nothing, after a minute", async () => {
    const bad = await meet(await webSocketServer(() => {}));
    await poll("the login", () => bad.worker.service.connectionStatus().phase === "attach");
    bad.clock.advance(59_999);
    expect(bad.worker.log.filter((line) => line.startsWith("attach"))).toEqual([]);
    bad.clock.advance(1);
    const [entry] = await entriesOfOutage(bad);
    expect(entry).toContain(attach("accepted the login, but has not sent its builders for 60 seconds")(bad.port));
    await expectComeback(bad);
  });
});

/** A worker that is attached to a good master, which then does what the test says. */
async function attached(): Promise<{ worker: TestWorker; master: AttachedMsgpackWorker }> {
  const listening = await FakeMsgpackMaster.listen();
  started.push({ end: () => listening.close() });
  const worker = await startTestWorker({ port: listening.port, protocol: MSGPACK });
  started.push(worker);
  return { worker, master: await listening.nextWorker() };
}

const args = (entries: Readonly<Record<string, MsgpackValue>>) => new Map(Object.entries(entries));

describe("an invalid request gets an error, and the connection continues:", () => {
  const start = { command_id: "9", command_name: "listdir", args: args({ path: "/" }), builder_name: "b1" };
  const without = (key: string) => Object.fromEntries(Object.entries(start).filter(([name]) => name !== key));
  const missing = (key: string) => `'message did not contain obligatory "${key}" key'`;
  const settings = { newline_re: "\n", max_line_length: 4096, buffer_timeout: 5, buffer_size: 65_536 };
  const shell = { command: ["true"], workdir: "/" };
  const starts = (name: string, entries: Readonly<Record<string, MsgpackValue>>) => ({
    ...start,
    command_name: name,
    args: args(entries),
  });

  it.each<[string, string, Readonly<Record<string, MsgpackValue>>, string]>([
    ["an unknown operation", "frobnicate", {}, "Command frobnicate does not exist."],
    ["an operation of the worker's", "update", {}, "Command update does not exist."],
    ["a print without a message", "print", {}, missing("message")],
    ["a print of a number", "print", { message: 5 }, "message: expected text, got something else"],
    ["a command without an id", "start_command", without("command_id"), missing("command_id")],
    ["a command without a name", "start_command", without("command_name"), missing("command_name")],
    ["a command without arguments", "start_command", without("args"), missing("args")],
    [
      "a list for a command's id",
      "start_command",
      { ...start, command_id: ["a"] },
      "command_id: expected text or an integer",
    ],
    ["a number for a command's name", "start_command", { ...start, command_name: 5 }, "command_name: expected text"],
    ["a list for a command's arguments", "start_command", { ...start, args: [] }, "args: expected a dictionary"],
    ["an unknown command", "start_command", { ...start, command_name: "dance" }, "unrecognized WorkerCommand 'dance'"],
    [
      "a shell without a command",
      "start_command",
      starts("shell", { workdir: "/" }),
      "WorkerShellCommand is missing args: command",
    ],
    ["a mkdir without paths", "start_command", starts("mkdir", {}), "MakeDirectory is missing args: paths"],
    ["a listdir without a path", "start_command", starts("listdir", {}), "'path'"],
    ["an upload without a limit", "start_command", starts("upload_file", { path: "/x", blocksize: 1 }), "'maxsize'"],
    ["a number for a work directory", "start_command", starts("shell", { ...shell, workdir: 5 }), "expected"],
    [
      "bytes that are no text in arguments",
      "start_command",
      starts("shell", { ...shell, workdir: Buffer.from([0xff]) }),
      "expected all bytes in arguments as text in UTF-8",
    ],
    ["an interruption of nothing", "interrupt_command", { why: "x" }, missing("command_id")],
    ["an interruption without a reason", "interrupt_command", { command_id: "1" }, missing("why")],
    ["no settings", "set_worker_settings", {}, missing("args")],
    ...Object.keys(settings).map((key): [string, string, Readonly<Record<string, MsgpackValue>>, string] => [
      `settings without ${key}`,
      "set_worker_settings",
      { args: args(Object.fromEntries(Object.entries(settings).filter(([name]) => name !== key))) },
      "'message did not contain obligatory settings for worker'",
    ]),
    [
      "text for a setting",
      "set_worker_settings",
      { args: args({ ...settings, buffer_size: "1" }) },
      "buffer_size: expected a number from 1 on",
    ],
    [
      "less than nothing for a setting",
      "set_worker_settings",
      { args: args({ ...settings, buffer_timeout: -1 }) },
      "buffer_timeout: expected a number from 0 on",
    ],
    [
      "a number for newlines",
      "set_worker_settings",
      { args: args({ ...settings, newline_re: 5 }) },
      "newline_re: expected text",
    ],
  ])("%s", async (_, op, fields, text) => {
    const { worker, master } = await attached();
    await expect(master.request(op, fields)).rejects.toThrow(text);
    expect(await master.request("keepalive")).toBeNull();
    expect(worker.bugs).toEqual([]);
  });

  it("of hundreds of thousands of characters is cut in the answer and in the log", async () => {
    const { worker, master } = await attached();
    const start = args({ ...starts("dance", {}), command_name: "x".repeat(500_000), args: args({}) });
    const refusal = await master.exchange.request("start_command", start, "prompt").catch(String);
    expect(String(refusal).length).toBeLessThan(600);
    await master.request("print", { message: "y".repeat(500_000) });
    await master.request("interrupt_command", { command_id: "z".repeat(500_000), why: "w".repeat(500_000) });
    expect(worker.log.filter((line) => line.length > 600)).toEqual([]);
  });
});

describe("a message that cannot be answered is ignored, and reported:", () => {
  it.each<[string, (webSocket: WebSocket) => void, string]>([
    ["text", (webSocket) => webSocket.send("hello"), "a message of text"],
    ["without an op", (webSocket) => webSocket.send(encodeMessage(args({ seq_number: 5 }))), "a message without an op"],
    [
      "with a number for an op",
      (webSocket) => webSocket.send(encodeMessage(args({ op: 1, seq_number: 5 }))),
      "a message without an op",
    ],
    [
      "without a number",
      (webSocket) => webSocket.send(encodeMessage(args({ op: "keepalive" }))),
      "a message without a seq_number",
    ],
    [
      "with text for a number",
      (webSocket) => webSocket.send(encodeMessage(args({ op: "keepalive", seq_number: "1" }))),
      "a message without a seq_number",
    ],
  ])("%s", async (_, send, what) => {
    const { worker, master } = await attached();
    send(master.webSocket);
    expect(await master.request("keepalive")).toBeNull();
    expect(worker.log.filter((line) => line.includes("is ignored"))).toEqual([
      `the master sent ${what}, which is ignored`,
    ]);
  });

  it("a thousand of them fill no log", async () => {
    const { worker, master } = await attached();
    for (let i = 0; i < 1000; i += 1) master.webSocket.send("hello");
    expect(await master.request("keepalive")).toBeNull();
    expect(worker.log.filter((line) => line.includes("is ignored"))).toHaveLength(20);
  });
});

describe("numbers of requests", () => {
  it("that come again are answered again", async () => {
    const server = await webSocketServer((webSocket) => {
      const answers: unknown[] = [];
      webSocket.on("message", (message: Buffer) => {
        const answer = decodeMessage(message) as ReadonlyMap<string, MsgpackValue>;
        answers.push(answer.get("seq_number"));
        if (answers.length === 3) webSocket.close(1000, answers.join(" "));
      });
      for (const message of ["a", "b", "c"])
        webSocket.send(encodeMessage(args({ op: "print", seq_number: 7, message })));
    });
    const bad = await meet(server);
    const entries = await entriesOfOutage(bad);
    expect(entries).toEqual(
      expect.arrayContaining(["a", "b", "c"].map((message) => `message from master: ${message}`)),
    );
    expect(entries.at(-1)).toContain('closed the connection (1000 "7 7 7")');
    await expectComeback(bad);
  });

  it("may be as large as 64 bits, or negative", async () => {
    const server = await webSocketServer((webSocket) => {
      const numbers = [2n ** 64n - 1n, -5, 2 ** 40];
      const answers: unknown[] = [];
      webSocket.on("message", (message: Buffer) => {
        answers.push((decodeMessage(message) as ReadonlyMap<string, MsgpackValue>).get("seq_number"));
        if (answers.length === 3) webSocket.close(1000, answers.join(" "));
      });
      for (const seq_number of numbers) webSocket.send(encodeMessage(args({ op: "keepalive", seq_number })));
    });
    const bad = await meet(server);
    expect((await entriesOfOutage(bad)).at(-1)).toContain('(1000 "18446744073709551615 -5 1099511627776")');
    await expectComeback(bad);
  });
});
