// What comes between a login that went well and a worker that is of use: the master's list of builders.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { Tuple } from "../../src/base/python-values.ts";
import type { JellyValue } from "../../src/wire/jelly/values.ts";
import { type AttachedWorker, FakeMaster } from "../support/fake-master.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { poll } from "../support/poll.ts";
import { startTestWorker } from "../support/test-worker.ts";

const started: { end(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of started.splice(0).reverse()) await one.end();
});

/** A worker that is logged in and has received no builders. */
async function halfAttached() {
  const clock = new ManualClock();
  const master = await FakeMaster.listen({ attachesWith: "nothing" });
  started.push({ end: () => master.close() });
  const worker = await startTestWorker({ port: master.port, keepaliveSeconds: 600, settings: { clock } });
  started.push(worker);
  const phase = () => worker.service.connectionStatus().phase;
  const attaching = async () => {
    const attached = await master.nextWorker();
    await poll("the login", () => phase() === "attach");
    return attached;
  };
  return { clock, master, worker, phase, attaching, attached: await attaching() };
}

const isReady = (line: string) => line === "Connected to buildmaster; worker is ready";

describe("a master that takes the login and names no builders", () => {
  it("is left after a minute with one sentence, and given longer each time", async () => {
    const { clock, master, worker, phase, attaching } = await halfAttached();
    let limitMs = 60_000;
    for (const next of [120_000, 240_000]) {
      clock.advance(limitMs - 1);
      expect(phase()).toBe("attach");
      clock.advance(1);
      await poll("the retry", () => phase() === "waiting");
      expect(worker.log.filter((line) => line.startsWith("attach: "))).toContain(
        `attach: the master at 127.0.0.1:${master.port} accepted the login, but has not sent its builders for ${limitMs / 1000} seconds; it may still hold an older connection of this worker`,
      );
      clock.advance(1000);
      await attaching();
      limitMs = next;
    }
    expect(worker.service.connectionStatus()).toMatchObject({
      failures: 2,
      lastFailure: { cause: expect.stringMatching(/^attach: /) },
    });
    expect(worker.log.some(isReady)).toBe(false);
  });

  it("is a good one once it does, with an empty list as well", async () => {
    const { clock, worker, phase, attached } = await halfAttached();
    clock.advance(59_999);
    await attached.setBuilders();
    await poll("the worker to be ready", () => phase() === "ready");
    clock.advance(599_999);
    expect(phase()).toBe("ready");
    expect(worker.log.filter(isReady)).toHaveLength(1);
  });

  it("may send one that cannot be taken, and a better one", async () => {
    const { clock, master, worker, phase, attached, attaching } = await halfAttached();
    await writeFile(join(worker.basedir, "file"), "");
    const list = [new Tuple<JellyValue>(["b1", "file/sub"])];
    await expect(attached.call("setBuilderList", list)).rejects.toThrow("b1");
    expect(phase()).toBe("attach");
    clock.advance(60_000);
    await poll("the retry", () => phase() === "waiting");
    expect(worker.service.connectionStatus().lastFailure?.cause).toMatch(
      new RegExp(
        `^attach: the builders of the master at 127.0.0.1:${master.port} could not be set up for 60 seconds: .*b1`,
      ),
    );
    clock.advance(1000);
    const again = await attaching();
    await again.setBuilders("b2");
    await poll("the worker to be ready", () => phase() === "ready");
  });
});

describe("a connection that ends while the worker waits for builders is logged with its stage:", () => {
  it.each<[string, (attached: AttachedWorker) => unknown, string]>([
    ["closed", ({ socket }) => socket.end(), "closed the connection"],
    ["reset", ({ socket }) => socket.resetAndDestroy(), "dropped the connection: read ECONNRESET"],
    ["garbage", ({ socket }) => socket.write(Buffer.from([0xff])), "broke the protocol: "],
  ])("%s", async (_, spoil, words) => {
    const { clock, master, worker, phase, attached, attaching } = await halfAttached();
    spoil(attached);
    await poll("the retry", () => phase() === "waiting");
    expect(worker.log.find((line) => line.startsWith("attach: "))).toContain(
      `attach: the master at 127.0.0.1:${master.port} ${words}`,
    );
    clock.advance(1000);
    await (await attaching()).setBuilders();
    await poll("the worker to be ready", () => phase() === "ready");
    expect(worker.bugs).toEqual([]);
  });
});
