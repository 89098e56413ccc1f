import { describe, expect, it } from "vitest";
import { sendBlocks } from "../../src/commands/send-blocks.ts";
import { LARGEST_BLOCK_BYTES } from "../../src/commands/transfer.ts";
import { ConnectionBudget } from "../../src/worker/transfer-budget.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { contentOf, MasterWriter, turn } from "./master-files.ts";

interface Sending {
  readonly content?: Buffer;
  readonly writer?: MasterWriter;
  readonly limitBytes?: number;
  readonly blockBytes?: number;
  readonly take?: (lengthBytes: number) => Promise<Uint8Array>;
}

function send({ content = contentOf(2500), writer = new MasterWriter(), ...others }: Sending = {}) {
  const controller = new AbortController();
  let rest = content;
  const take = async (lengthBytes: number) => {
    const block = rest.subarray(0, lengthBytes);
    rest = rest.subarray(block.length);
    return block;
  };
  const blocks = { take, writer, blockBytes: 100, limitBytes: Number.POSITIVE_INFINITY, ...others };
  const outcome = { settled: false, progressBytes: 0 };
  const progress = {
    add(bytes: number) {
      outcome.progressBytes += bytes;
    },
  };
  const end = sendBlocks({ ...blocks, signal: controller.signal, clock: new ManualClock(), progress });
  void end.catch(() => {}).finally(() => (outcome.settled = true));
  return { end, writer, outcome, interrupt: () => controller.abort() };
}

async function answerAll(writer: MasterWriter): Promise<void> {
  while (writer.waiting.length > 0) await writer.answer();
}

describe("sending blocks", () => {
  it("begins with two on their way, and has more as they are answered", async () => {
    const { end, writer } = send();
    await turn();
    expect(writer.sizes).toEqual([100, 100]);
    await writer.answer();
    expect(writer.sizes).toEqual([100, 100, 100, 100]);
    await answerAll(writer);
    expect(await end).toBe("sent");
    expect(Buffer.concat(writer.blocks).equals(contentOf(2500))).toBe(true);
  });

  it("resolves only when the last one was answered", async () => {
    const { end, writer, outcome } = send({ content: contentOf(150) });
    await turn();
    await writer.answer();
    expect(outcome.settled).toBe(false);
    await writer.answer();
    expect(await end).toBe("sent");
  });

  it("sends nothing more after a failure, and waits for what is on its way", async () => {
    const { end, writer, outcome } = send();
    await turn();
    await writer.answer();
    const sent = writer.sizes.length;
    await writer.fail(new Error("the disk is full"));
    expect(writer.sizes).toHaveLength(sent);
    await writer.fail(new Error("the disk is full still"));
    expect(outcome.settled).toBe(false);
    await answerAll(writer);
    await expect(end).rejects.toThrow(/^the disk is full$/);
    expect(writer.budget.takenBytes).toBe(0);
  });

  it("rejects when only the last block fails", async () => {
    const { end, writer } = send({ content: contentOf(50) });
    await turn();
    await writer.fail(new Error("the disk is full"));
    await expect(end).rejects.toThrow("the disk is full");
  });

  it("waits for what is on its way when the bytes cannot be read", async () => {
    let takes = 0;
    const take = async () => {
      takes += 1;
      if (takes === 2) throw new Error("no such bytes");
      return contentOf(100);
    };
    const { end, writer, outcome } = send({ take });
    await turn();
    expect(outcome.settled).toBe(false);
    await writer.answer();
    await expect(end).rejects.toThrow("no such bytes");
  });

  it("sends nothing more when it is interrupted, and waits for what is on its way", async () => {
    const { end, writer, outcome, interrupt } = send();
    await turn();
    interrupt();
    await writer.answer();
    expect(outcome.settled).toBe(false);
    await writer.answer();
    expect(await end).toBe("interrupted");
    expect(writer.sizes).toEqual([100, 100]);
    expect(writer.budget.takenBytes).toBe(0);
  });

  it.each([
    { limitBytes: 0, end: "limit reached", sizes: [] },
    { limitBytes: 149, end: "limit reached", sizes: [100, 49] },
    { limitBytes: 150, end: "sent", sizes: [100, 50] },
    { limitBytes: 151, end: "sent", sizes: [100, 50] },
  ])("ends 150 bytes and a limit of $limitBytes with: $end", async ({ limitBytes, end: expected, sizes }) => {
    const { end, writer } = send({ content: contentOf(150), limitBytes });
    await turn();
    await answerAll(writer);
    expect(await end).toBe(expected);
    expect(writer.sizes).toEqual(sizes);
  });

  it("shares the budget of the connection with other uploads, of which each gets its turn", async () => {
    const budget = new ConnectionBudget(1000);
    const all = Array.from({ length: 5 }, () => send({ writer: new MasterWriter(budget), content: contentOf(30_000) }));
    let most = 0;
    for (let open = all; open.length > 0; open = open.filter(({ outcome }) => !outcome.settled)) {
      most = Math.max(most, budget.takenBytes);
      for (const { writer } of open) await writer.answer();
      await turn();
    }
    expect(most).toBe(1000);
    expect(budget.takenBytes).toBe(0);
    expect(await Promise.all(all.map(({ end }) => end))).toEqual(["sent", "sent", "sent", "sent", "sent"]);
  });

  it("counts acknowledged bytes", async () => {
    const { end, writer, outcome } = send({ content: contentOf(250) });
    await turn();
    await writer.answer();
    expect(outcome.progressBytes).toBe(100);
    await answerAll(writer);
    await end;
    expect(outcome.progressBytes).toBe(250);
  });

  it("gives the last character of a block of text its rest", async () => {
    const content = Buffer.from(`${"x".repeat(98)}€${"y".repeat(100)}`);
    const { end, writer } = send({ content });
    await turn();
    await answerAll(writer);
    expect(await end).toBe("sent");
    expect(writer.sizes).toEqual([101, 100]);
    expect(Buffer.concat(writer.blocks).equals(content)).toBe(true);
  });

  it("sends text that ends inside a character as it is", async () => {
    const { end, writer } = send({ content: Buffer.from("x€").subarray(0, 3) });
    await turn();
    await answerAll(writer);
    expect(await end).toBe("sent");
    expect(writer.sizes).toEqual([3]);
  });

  it.each([
    { limitBytes: 3, end: "limit reached", sizes: [1] },
    { limitBytes: 4, end: "limit reached", sizes: [4] },
    { limitBytes: 5, end: "sent", sizes: [5] },
  ])("cuts text at a limit of $limitBytes between characters", async ({ limitBytes, end: expected, sizes }) => {
    const { end, writer } = send({ content: Buffer.from("x€y"), limitBytes });
    await turn();
    await answerAll(writer);
    expect(await end).toBe(expected);
    expect(writer.sizes).toEqual(sizes);
  });

  it("leaves no room unused that one string of the protocol has, and takes no more", async () => {
    const content = Buffer.from("€".repeat(300_000));
    const { end, writer } = send({ content, blockBytes: LARGEST_BLOCK_BYTES });
    await turn();
    await answerAll(writer);
    expect(await end).toBe("sent");
    expect(Math.max(...writer.sizes)).toBeLessThanOrEqual(LARGEST_BLOCK_BYTES);
    expect(Math.max(...writer.sizes)).toBeGreaterThan(LARGEST_BLOCK_BYTES - 4);
    expect(Buffer.concat(writer.blocks).equals(content)).toBe(true);
  });
});
