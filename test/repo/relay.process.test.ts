import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { poll } from "../support/poll.ts";
import { Relay, type RelayOptions } from "../support/relay.ts";

let server: Server;
let relay: Relay;
let worker: Socket;
let master: Socket;

const connectThrough = async (options: Omit<RelayOptions, "port"> = {}) => {
  const address = server.address();
  relay = await Relay.listen({ port: typeof address === "object" ? address!.port : 0, ...options });
  const accepted = once(server, "connection");
  worker = connect({ port: relay.port, host: "127.0.0.1", noDelay: true });
  worker.on("error", () => {}); // some tests break the connection
  [master] = (await accepted) as [Socket];
  master.on("error", () => {});
};

beforeEach(async () => {
  server = createServer({ noDelay: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(async () => {
  worker?.destroy();
  master?.destroy();
  await relay.close();
  await new Promise((resolve) => server.close(resolve));
});

function collected(socket: Socket): { text: string; chunks: number } {
  const seen = { text: "", chunks: 0 };
  socket.on("data", (chunk: Buffer) => {
    seen.text += chunk.toString("latin1");
    seen.chunks += 1;
  });
  return seen;
}

describe("the relay", () => {
  it("carries both directions, and an end behind what was sent", async () => {
    await connectThrough({ toMaster: { delayMs: 5 }, toWorker: { delayMs: 5 } });
    const [atMaster, atWorker] = [collected(master), collected(worker)];
    const ended = once(master, "end");
    worker.end("to the master");
    master.write("to the worker");
    await ended;
    await poll("the other direction", () => atWorker.text === "to the worker");
    expect(atMaster.text).toBe("to the master");
    await poll("the relay to forget the connection", () => relay.connections === 0);
    expect(relay.connectionsMade).toBe(1);
  });

  it("cuts into single bytes", async () => {
    await connectThrough({ toMaster: { pieceBytes: 1 } });
    const seen = collected(master);
    worker.write("x".repeat(200));
    await poll("all bytes", () => seen.text.length === 200);
    expect(seen.chunks).toBeGreaterThan(100);
  });

  it("holds a frozen direction back and lets the other through", async () => {
    await connectThrough();
    const [atMaster, atWorker] = [collected(master), collected(worker)];
    relay.freeze("toMaster");
    worker.write("held");
    master.write("free");
    await poll("the free direction", () => atWorker.text === "free");
    expect(atMaster.text).toBe("");
    relay.thaw("toMaster");
    await poll("the frozen direction", () => atMaster.text === "held");
  });

  it("makes a sender wait when a direction stays frozen", async () => {
    await connectThrough();
    relay.freeze("toMaster");
    const bytes = 64 * 1024 * 1024;
    worker.write(Buffer.alloc(bytes));
    await poll("the sender to be stuck", () => worker.writableLength > 0 && worker.bytesWritten > 0);
    expect(worker.writableLength).toBeGreaterThan(bytes / 2);
  });

  it("changes its conditions under a connection", async () => {
    await connectThrough({ toMaster: { bytesPerSecond: 1 } });
    const seen = collected(master);
    relay.setConditions("toMaster", {});
    worker.write("x".repeat(1000));
    await poll("all bytes", () => seen.text.length === 1000);
  });

  it("cuts with an orderly end on both sides", async () => {
    await connectThrough();
    const ends = Promise.all([once(worker, "end"), once(master, "end")]);
    relay.cut("fin");
    await ends;
  });

  it("cuts with a reset on both sides", async () => {
    await connectThrough();
    const errors = Promise.all([once(worker, "error"), once(master, "error")]);
    relay.cut("rst");
    for (const [error] of await errors) expect(error).toMatchObject({ code: "ECONNRESET" });
  });

  it("cuts by silence: nobody hears of it, and nothing comes through any more", async () => {
    await connectThrough();
    const [atMaster, atWorker] = [collected(master), collected(worker)];
    relay.cut("silence");
    const written = [worker, master].map((socket) => new Promise((resolve) => socket.write("lost", resolve)));
    await Promise.all(written);
    worker.end();
    await once(worker, "finish");
    expect([atMaster.text, atWorker.text, master.readableEnded]).toEqual(["", "", false]);
    expect(relay.connections).toBe(1);
  });

  it("corrupts what comes through", async () => {
    await connectThrough({ toMaster: { corrupts: true } });
    const seen = collected(master);
    worker.write(Buffer.from([0x00, 0xff, 0x0f]));
    await poll("all bytes", () => seen.text === "\xff\x00\xf0");
  });

  it("refuses connections until it accepts again, at the same port", async () => {
    await connectThrough();
    relay.refuse();
    const refused = connect({ port: relay.port, host: "127.0.0.1" });
    expect(await once(refused, "error")).toMatchObject([{ code: "ECONNREFUSED" }]);
    await relay.accept();
    const accepted = connect({ port: relay.port, host: "127.0.0.1" });
    await once(accepted, "connect");
    accepted.destroy();
    const seen = collected(master);
    worker.write("still there");
    await poll("the old connection", () => seen.text === "still there");
  });

  it("leads the next connections elsewhere", async () => {
    await connectThrough();
    const other = createServer((socket) => socket.end("elsewhere"));
    other.listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    relay.leadTo(typeof address === "object" ? address!.port : 0);
    const second = connect({ port: relay.port, host: "127.0.0.1" });
    const seen = collected(second);
    await once(second, "end");
    expect(seen.text).toBe("elsewhere");
    await new Promise((resolve) => other.close(resolve));
  });

  it("passes a reset on", async () => {
    await connectThrough();
    const closed = new Promise((resolve) => master.on("close", resolve));
    worker.resetAndDestroy();
    await closed;
    await poll("the relay to forget the connection", () => relay.connections === 0);
  });
});
