import { describe, expect, it } from "vitest";
import { receiveBlocks } from "../../src/commands/receive-blocks.ts";
import { ConnectionBudget } from "../../src/worker/transfer-budget.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { contentOf, MasterReader, turn } from "./master-files.ts";

interface Receiving {
  readonly reader: MasterReader;
  readonly limitBytes?: number;
  readonly store?: (block: Uint8Array) => Promise<void>;
}

function receive({ reader, ...rest }: Receiving) {
  const controller = new AbortController();
  const stored: Uint8Array[] = [];
  const outcome = { settled: false, progressBytes: 0 };
  const end = receiveBlocks({
    reader,
    store: async (block) => void stored.push(block),
    blockBytes: 100,
    limitBytes: Number.POSITIVE_INFINITY,
    ...rest,
    signal: controller.signal,
    clock: new ManualClock(),
    progress: {
      add(bytes) {
        outcome.progressBytes += bytes;
      },
    },
  });
  void end.catch(() => {}).finally(() => (outcome.settled = true));
  return { end, reader, outcome, content: () => Buffer.concat(stored), interrupt: () => controller.abort() };
}

async function answerAll(reader: MasterReader): Promise<void> {
  await turn();
  while (reader.waiting.length > 0) await reader.answer();
}

describe("receiving blocks", () => {
  it("asks for two, and for more as they come", async () => {
    const { end, reader, content } = receive({ reader: new MasterReader(contentOf(2500)) });
    await turn();
    expect(reader.sizes).toEqual([100, 100]);
    await reader.answer();
    expect(reader.sizes).toEqual([100, 100, 100, 100]);
    await answerAll(reader);
    expect(await end).toBe("received");
    expect(content().equals(contentOf(2500))).toBe(true);
    expect(reader.budget.takenBytes).toBe(0);
  });

  it("asks for a short file no more than twice", async () => {
    const { end, reader } = receive({ reader: new MasterReader(contentOf(99)) });
    await answerAll(reader);
    expect(await end).toBe("received");
    expect(reader.sizes).toEqual([100, 100]);
  });

  it("does not take a short block for the end", async () => {
    const { end, reader, content } = receive({ reader: new MasterReader(contentOf(300), () => 30) });
    await answerAll(reader);
    expect(await end).toBe("received");
    expect(content().equals(contentOf(300))).toBe(true);
  });

  it("waits for all that it asked for", async () => {
    const { reader, outcome, end } = receive({ reader: new MasterReader(contentOf(0)) });
    await turn();
    await reader.answer();
    expect(outcome.settled).toBe(false);
    await reader.answer();
    expect(await end).toBe("received");
  });

  it("counts a block until it is stored", async () => {
    let finish = () => {};
    const store = () => new Promise<void>((resolve) => (finish = resolve));
    const { reader } = receive({ reader: new MasterReader(contentOf(1000)), store });
    await turn();
    await reader.answer();
    expect(reader.sizes).toEqual([100, 100]);
    finish();
    await turn();
    expect(reader.sizes).toEqual([100, 100, 100, 100]);
  });

  it("rejects with what the master's first failure was, once all is answered", async () => {
    const { end, reader, outcome } = receive({ reader: new MasterReader(contentOf(2500)) });
    await turn();
    await reader.answer();
    await reader.fail(new Error("the disk is broken"));
    expect(outcome.settled).toBe(false);
    await reader.fail(new Error("the disk is broken still"));
    await answerAll(reader);
    await expect(end).rejects.toThrow(/^the disk is broken$/);
    expect(reader.sizes).toHaveLength(4);
    expect(reader.budget.takenBytes).toBe(0);
  });

  it("rejects when a block cannot be stored, once all is answered", async () => {
    const store = () => Promise.reject(new Error("no room"));
    const { end, reader, outcome } = receive({ reader: new MasterReader(contentOf(2500)), store });
    await turn();
    await reader.answer();
    expect(outcome.settled).toBe(false);
    await reader.answer();
    await expect(end).rejects.toThrow("no room");
    expect(reader.budget.takenBytes).toBe(0);
  });

  it("requests nothing more when it is interrupted, and waits for requested blocks", async () => {
    const { end, reader, outcome, interrupt } = receive({ reader: new MasterReader(contentOf(2500)) });
    await turn();
    interrupt();
    await reader.answer();
    expect(outcome.settled).toBe(false);
    await reader.answer();
    expect(await end).toBe("interrupted");
    expect(reader.sizes).toEqual([100, 100]);
    expect(reader.budget.takenBytes).toBe(0);
  });

  it.each([
    { limitBytes: 0, end: "limit reached", sizes: [1] },
    { limitBytes: 100, end: "limit reached", sizes: [100, 1] },
    { limitBytes: 149, end: "limit reached", sizes: [100, 50] },
    { limitBytes: 150, end: "received", sizes: [100, 51, 1] },
    { limitBytes: 199, end: "received", sizes: [100, 100, 50] },
  ])("ends 150 bytes and a limit of $limitBytes with: $end", async ({ limitBytes, end: expected, sizes }) => {
    const { end, reader, content } = receive({ reader: new MasterReader(contentOf(150)), limitBytes });
    await answerAll(reader);
    expect(await end).toBe(expected);
    expect(reader.sizes).toEqual(sizes);
    expect(content()).toHaveLength(Math.min(limitBytes, 150));
  });

  it("shares the budget of the connection with other downloads, of which each gets its turn", async () => {
    const budget = new ConnectionBudget(1000);
    const reader = () => new MasterReader(contentOf(30_000), undefined, budget);
    const all = Array.from({ length: 5 }, () => receive({ reader: reader() }));
    await turn();
    let most = 0;
    for (let open = all; open.length > 0; open = open.filter(({ outcome }) => !outcome.settled)) {
      most = Math.max(most, budget.takenBytes);
      for (const { reader } of open) await reader.answer();
      await turn();
    }
    expect(most).toBeLessThanOrEqual(1000);
    expect(budget.takenBytes).toBe(0);
    for (const { content } of all) expect(content().equals(contentOf(30_000))).toBe(true);
  });
});
