import { Writable } from "node:stream";
import { describe, expect, it } from "vitest";
import { baseErrors } from "../../src/base/errors.ts";
import { Outbox } from "../../src/transport/outbox.ts";

/** A stream that takes nothing until it is let, one write at a time. */
function slowStream() {
  const taken: string[] = [];
  const waiting: (() => void)[] = [];
  const stream = new Writable({
    highWaterMark: 16 * 1024,
    write(chunk: Buffer, _, done) {
      taken.push(chunk.toString("latin1", 0, 6));
      waiting.push(done);
    },
  });
  const drain = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      next();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { stream, taken, drain };
}

const block = (name: string) => [Buffer.from(name.padEnd(100 * 1024))];

describe("Outbox", () => {
  it("lets answers overtake waiting output, and keeps each lane's order", async () => {
    const { stream, taken, drain } = slowStream();
    const outbox = new Outbox(stream);
    for (const name of ["bulk1 ", "bulk2 ", "bulk3 ", "bulk4 ", "bulk5 "]) outbox.send(block(name), "bulk");
    outbox.send([Buffer.from("first ")], "prompt");
    outbox.send([Buffer.from("second")], "prompt");
    await drain();
    expect(taken).toEqual(["bulk1 ", "bulk2 ", "first ", "second", "bulk3 ", "bulk4 ", "bulk5 "]);
    expect(outbox.waitingBytes).toBe(0);
  });

  it("gives the socket no more than 256 KiB at a time, or one message that is larger", async () => {
    const { stream, taken, drain } = slowStream();
    const outbox = new Outbox(stream);
    const large = [Buffer.alloc(512 * 1024, "large ")];
    outbox.send(large, "bulk");
    outbox.send(block("after "), "bulk");
    expect(stream.writableLength).toBe(512 * 1024);
    await drain();
    for (let n = 0; n < 5; n += 1) outbox.send(block("more  "), "bulk");
    expect(stream.writableLength).toBeLessThanOrEqual(256 * 1024);
    outbox.send(large, "bulk");
    await drain();
    expect(taken).toEqual(["large ", "after ", ...Array.from({ length: 5 }, () => "more  "), "large "]);
  });

  it("does not wait for a socket that has little, and will not call", () => {
    const { stream } = slowStream();
    const outbox = new Outbox(stream);
    outbox.send([Buffer.alloc(1000)], "bulk");
    outbox.send([Buffer.alloc(512 * 1024)], "bulk");
    expect(outbox.waitingBytes).toBe(0);
  });

  it("keeps the chunks of one message together", async () => {
    const { stream, taken, drain } = slowStream();
    const outbox = new Outbox(stream);
    outbox.send([Buffer.from("head  "), ...block("body  ")], "bulk");
    outbox.send([Buffer.from("other ")], "prompt");
    await drain();
    expect(taken).toEqual(["head  ", "body  ", "other "]);
  });

  it("gives up a peer that reads nothing at a stated limit", () => {
    const outbox = new Outbox(slowStream().stream);
    expect(() => {
      for (let i = 0; i < 1000; i += 1) outbox.send(block("x"), "bulk");
    }).toThrow(expect.objectContaining({ code: baseErrors.sessionLimit.code }));
  });

  it("drops what comes after the end", () => {
    const { stream } = slowStream();
    stream.destroy();
    const outbox = new Outbox(stream);
    outbox.send(block("late"), "prompt");
    expect(outbox.waitingBytes).toBe(0);
  });
});
