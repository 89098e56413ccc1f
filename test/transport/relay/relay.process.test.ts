// A relay between two sockets: lines that break, sessions that last, and strangers.
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { encodeFrame, type Frame, FrameReader } from "../../../src/transport/relay/frames.ts";
import { proven } from "../../../src/transport/relay/proofs.ts";
import { type Listening, listen } from "../../support/listening.ts";
import { poll } from "../../support/poll.ts";
import { type RelayBeside, relayBeside } from "../../support/relay-beside-master.ts";
import { rareTest, sized } from "../../support/sized.ts";

const started: { end(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.end();
});

async function begin(options: Parameters<typeof relayBeside>[1] = {}) {
  const masters: Socket[] = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => void masters.push(socket));
  const master: Listening = await listen(server);
  started.push(master);
  const beside = await relayBeside(master.port, options);
  started.push(beside);
  return { ...beside, master, masters, open: () => masters.filter((socket) => !socket.closed).length };
}

async function attached(setup: Awaited<ReturnType<typeof begin>>, name = "w1") {
  const count = setup.masters.length;
  const worker = await setup.connect(name);
  const master = await poll("the master's end", () => setup.masters[count]);
  worker.relayed.markReady();
  await poll("ready", () =>
    setup.relay.report().sessions.some((one) => one.worker === name && one.state === "connected"),
  );
  started.push({ end: async () => void worker.socket.destroy() });
  return { ...worker, master };
}

/** Sends random bytes, and hashes what comes. */
function exchange(socket: Socket, bytes: number) {
  const sent = createHash("sha1");
  const received = createHash("sha1");
  let receivedBytes = 0;
  socket.on("data", (chunk: Buffer) => {
    received.update(chunk);
    receivedBytes += chunk.length;
  });
  let left = bytes;
  const send = () => {
    while (left > 0) {
      const chunk = randomBytes(Math.min(left, 1 + Math.floor(Math.random() * 40_000)));
      left -= chunk.length;
      sent.update(chunk);
      if (socket.write(chunk)) continue;
      socket.once("drain", send);
      return;
    }
    socket.end();
  };
  send();
  return {
    ended: once(socket, "end"),
    bytes: () => receivedBytes,
    sent: () => sent.digest("hex"),
    received: () => received.digest("hex"),
  };
}

/** A line that a test writes itself. */
async function stranger(port: number) {
  const socket = connect(port, "127.0.0.1");
  started.push({ end: async () => void socket.destroy() });
  const frames: Frame[] = [];
  const reader = new FrameReader();
  socket.on("data", (chunk: Buffer) => reader.push(chunk, (frame) => void frames.push(frame)));
  socket.on("error", () => {});
  const closed = new Promise<void>((resolve) => void socket.on("close", () => resolve()));
  const send = (frame: Frame) => {
    for (const piece of encodeFrame(frame)) socket.write(piece);
  };
  const next = async <T extends Frame["type"]>(type: T) =>
    (await poll(type, () => frames.find((frame) => frame.type === type))) as Extract<Frame, { type: T }>;
  return { socket, frames, send, next, closed };
}

const opening = () =>
  ({
    type: "new",
    id: randomBytes(16),
    secret: randomBytes(32),
    instance: randomBytes(32),
    proof: Buffer.alloc(32),
    label: "stranger",
  }) as const;

it("carries both directions and both ends through lines that break again and again", async () => {
  const setup = await begin();
  const { socket, master, relayed } = await attached(setup);
  const bytes = sized(8, 200) * 1024 * 1024;
  const [worker, peer] = [exchange(socket, bytes), exchange(master, bytes)];
  const isOver = () => worker.bytes() === bytes && peer.bytes() === bytes;
  const cutting = (async () => {
    for (let cut = 0; !isOver(); cut += 1) {
      const before = worker.bytes() + peer.bytes();
      const hasProgress = () => worker.bytes() + peer.bytes() > before + 300_000;
      // Not while it opens the next line: a silent one there may take the whole grace.
      await poll("progress", () => isOver() || (relayed.report().connected && hasProgress()));
      setup.network.cut((["rst", "fin", "rst", "silence"] as const)[cut % 4]!);
    }
  })();
  await Promise.all([worker.ended, peer.ended]);
  await cutting;
  expect([worker.received(), peer.received()]).toEqual([peer.sent(), worker.sent()]);
  expect([worker.bytes(), peer.bytes()]).toEqual([bytes, bytes]);
  expect(relayed.report().resumed).toBeGreaterThan(5);
});

it("passes each end on alone", async () => {
  const { socket, master } = await attached(await begin());
  master.end("the master's last words");
  socket.resume();
  await once(socket, "end");
  socket.write("an answer");
  const [chunk] = await once(master, "data");
  expect(String(chunk)).toBe("an answer");
  socket.end();
  await once(master, "end");
});

it("reports the address that the master sees, and the last outage", async () => {
  const setup = await begin();
  const { master } = await attached(setup);
  const session = () => setup.relay.report().sessions[0]!;
  expect(session()).toMatchObject({ address: `127.0.0.1:${master.remotePort}`, resumed: null });
  setup.network.refuse();
  setup.network.cut("rst");
  const began = Date.now();
  await poll("the outage", () => session().state === "waiting");
  await setup.network.accept();
  const { at, after_seconds } = await poll("the return", () => session().resumed ?? undefined);
  expect(Date.parse(at)).toBeGreaterThanOrEqual(began);
  expect(after_seconds).toBeGreaterThanOrEqual(0);
  expect(session()).toMatchObject({ address: `127.0.0.1:${master.remotePort}`, state: "connected", down_seconds: 0 });
});

it("delivers a master's last words and its reset after an outage", async () => {
  const setup = await begin();
  const { socket, master, said } = await attached(setup);
  setup.network.refuse();
  setup.network.cut("rst");
  await poll("the outage", () => setup.relay.report().sessions[0]?.state === "waiting");
  let text = "";
  socket.on("data", (chunk) => {
    text += String(chunk);
  });
  master.write("last words");
  await poll("the last words", () => setup.relay.report().sessions[0]?.waiting_bytes === 10);
  master.resetAndDestroy();
  await poll("the reset", () => setup.open() === 0);
  await setup.network.accept();
  await poll("the end", () => socket.destroyed);
  expect(text).toBe("last words");
  expect(said.at(-1)).toContain("(at the relay)");
});

it("does not let an attaching worker wait: its master is told at once", async () => {
  const setup = await begin();
  const { socket } = await setup.connect("w1");
  const master = await poll("the master's end", () => setup.masters[0]);
  master.resume();
  setup.network.cut("silence");
  const from = performance.now();
  await once(master, "end");
  expect(performance.now() - from).toBeLessThan(4000);
  await poll("the worker's end", () => socket.destroyed);
});

it("ends both sides when the grace is over, the worker first", async () => {
  const setup = await begin({ graceMs: 1500 });
  const { socket, master, said } = await attached(setup);
  let workerEnd = Number.POSITIVE_INFINITY;
  socket.on("close", () => {
    workerEnd = performance.now();
  });
  master.resume();
  setup.network.refuse();
  setup.network.cut("silence");
  await once(master, "end");
  expect(workerEnd).toBeLessThan(performance.now());
  expect(said.at(-1)).toMatch(/^the connection to the relay at .* was down for \d/);
});

it("has no grace if it is set so", async () => {
  const setup = await begin({ graceMs: 0 });
  const { socket, master } = await attached(setup);
  master.resume();
  setup.network.cut("rst");
  await once(master, "end");
  await poll("the worker's end", () => socket.destroyed);
});

it("tells the master at once when a worker closes, and in an outage as soon as it can", async () => {
  const setup = await begin();
  const first = await attached(setup);
  first.master.resume();
  first.socket.destroy();
  await once(first.master, "end");
  const second = await attached(setup);
  second.master.resume();
  setup.network.refuse();
  setup.network.cut("rst");
  await poll("the outage", () => setup.relay.report().sessions[0]?.state === "waiting");
  await setup.network.accept();
  second.socket.destroy();
  await second.relayed.closed;
  await poll("the master's end", () => second.master.readableEnded);
});

it("lets a restarted worker replace its own session, and no other", async () => {
  const setup = await begin();
  const twin = await attached(setup, "twin");
  const first = await attached(setup);
  first.master.resume();
  const second = await attached(setup);
  await poll("the end of the first", () => first.socket.destroyed && first.master.readableEnded);
  expect(first.said.at(-1)).toContain("the worker has opened another session");
  expect([second, twin].map((one) => one.master.readableEnded || one.socket.destroyed)).toEqual([false, false]);
});

it("refuses a replayed, a forged and a late return without harm to the session", async () => {
  const setup = await begin();
  const { socket, master } = await attached(setup);
  // A session of our own shows the form of a return.
  const own = await stranger(setup.port);
  const mine = proven(opening(), setup.key, (await own.next("challenge")).nonce);
  own.send(mine);
  await own.next("welcome");
  own.send({ type: "ready" });
  const legal = await stranger(setup.port);
  const back = { type: "resume", id: mine.id, have: 0, proof: Buffer.alloc(32) } as const;
  const proof = proven(back, mine.secret, (await legal.next("challenge")).nonce);
  legal.send(proof);
  await legal.next("welcome");
  for (const forged of [proof, proven(back, randomBytes(32), randomBytes(32)), { ...proof, id: randomBytes(16) }]) {
    const line = await stranger(setup.port);
    await line.next("challenge");
    line.send(forged);
    expect((await line.next("refuse")).reason).toContain("no such session");
    await line.closed;
  }
  expect(legal.socket.destroyed).toBe(false);
  legal.send({ type: "bye", reason: "enough" });
  await legal.closed;
  const late = await stranger(setup.port);
  late.send(proven(back, mine.secret, (await late.next("challenge")).nonce));
  expect((await late.next("refuse")).reason).toBe("enough");
  master.write("still here");
  const [chunk] = await once(socket, "data");
  expect(String(chunk)).toBe("still here");
});

it("ends a session whose worker breaks the rules", async () => {
  const setup = await begin();
  const line = await stranger(setup.port);
  line.send(proven(opening(), setup.key, (await line.next("challenge")).nonce));
  await line.next("welcome");
  line.send({ type: "ack", offset: 1 });
  expect((await line.next("bye")).reason).toContain("acknowledges what was not sent");
  await poll("the master's end", () => setup.masters.length === 1 && setup.relay.report().session_count === 0);
});

rareTest("opens no connection to the master for 300 strangers", 180_000, async () => {
  const setup = await begin();
  const { socket, master } = await attached(setup);
  for (let count = 0; count < 300; count += 1) {
    const line = await stranger(setup.port);
    await line.next("challenge");
    line.send(opening());
    expect((await line.next("refuse")).reason).toContain("key");
  }
  expect(setup.masters).toHaveLength(1);
  socket.write("still here");
  const [chunk] = await once(master, "data");
  expect(String(chunk)).toBe("still here");
});

rareTest("has room for workers beside 2000 lines that say nothing", 180_000, async () => {
  const setup = await begin();
  const { socket, master } = await attached(setup);
  const idle = Array.from({ length: 2000 }, () => connect(setup.port, "127.0.0.1").on("error", () => {}));
  started.push({ end: async () => void idle.map((one) => one.destroy()) });
  await poll("the flood", () => idle.filter((one) => one.readyState === "open" || one.destroyed).length === 2000);
  expect(setup.relay.report().half_open).toBeLessThanOrEqual(64);
  socket.write("still here");
  const [chunk] = await once(master, "data");
  expect(String(chunk)).toBe("still here");
  await attached(setup, "w2");
});

it("refuses more sessions than its limit, and those of another key", async () => {
  const setup = await begin({ mostSessions: 1 });
  await attached(setup);
  await expect(setup.connect("w2")).rejects.toThrow("its limit");
  await expect(setup.connect("w3", { key: randomBytes(32) })).rejects.toThrow("the key is not that of this relay");
});

it("does not welcome a worker while the master is down", async () => {
  const dead: RelayBeside = await relayBeside(1);
  started.push(dead);
  await expect(dead.connect("w1")).rejects.toThrow("its master cannot be reached: TCP: cannot connect");
});

rareTest("delivers over a line of 3 KB/s in both directions", 180_000, async () => {
  const setup = await begin();
  const { socket, master, said } = await attached(setup);
  for (const direction of ["toMaster", "toWorker"] as const) {
    setup.network.setConditions(direction, { bytesPerSecond: 3000, pieceBytes: 500 });
  }
  const bytes = 40_000;
  const [worker, peer] = [exchange(socket, bytes), exchange(master, bytes)];
  await Promise.all([worker.ended, peer.ended]);
  expect([worker.received(), peer.received()]).toEqual([peer.sent(), worker.sent()]);
  expect(said).toEqual([]);
});

it("holds a master back that sends to a worker that does not read", async () => {
  const setup = await begin();
  const { socket, master } = await attached(setup);
  const sent = 64 * 1024 * 1024;
  master.write(Buffer.alloc(sent));
  await poll("a full window", () => socket.readableLength > 900_000);
  // What is below the stream's own mark counts as read.
  expect(socket.readableLength).toBeLessThan(1024 * 1024 + 64 * 1024);
  let got = 0;
  socket.on("data", (chunk: Buffer) => {
    got += chunk.length;
  });
  await poll("everything", () => got === sent);
});
