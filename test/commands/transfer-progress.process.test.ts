// What the log of a step says of transfers that take long, and where.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FakeReader, FakeWriter } from "../support/fake-files.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { type TransferResult, transferPair } from "./transfer-pair.ts";

const FILE_BYTES = 4096;
const content = Buffer.alloc(FILE_BYTES, "x");

/** The master takes eleven seconds for every second block. */
async function slowPair() {
  const clock = new ManualClock();
  const pair = await transferPair({}, clock);
  const beforeAnswer = (call: number) => {
    if (call === 2 || call === 4) clock.advance(11_000);
  };
  return { pair, clock, beforeAnswer };
}

/** What is told in headers, and all else. */
function told({ updates }: TransferResult) {
  const isHeader = ([key]: readonly [string, unknown]) => key === "header";
  return {
    headers: updates
      .filter(isHeader)
      .map(([, text]) => text)
      .join(""),
    others: updates.filter((update) => !isHeader(update)),
  };
}

describe("a transfer that takes longer than ten seconds", () => {
  it("reports the progress of an upload in headers", async () => {
    const { pair, clock, beforeAnswer } = await slowPair();
    await writeFile(join(pair.directory, "f"), content);
    const writer = new FakeWriter({ beforeAnswer });
    const { headers, others } = told(await pair.run("uploadFile", { workersrc: "f", blocksize: 1024 }, { writer }));
    expect(headers).toMatch(
      /^sending .*\/f\nsent .* of 4 KiB, .*\/s\nsent .* of 4 KiB, .*\/s\nsent 4 KiB in 22 seconds, 186 bytes\/s\n$/,
    );
    expect(others).toEqual([
      ["rc", 0],
      ["elapsed", null],
    ]);
    expect(clock.timerCount).toBe(0);
  });

  it("knows no size of a directory", async () => {
    const { pair, beforeAnswer } = await slowPair();
    await mkdir(join(pair.directory, "d"));
    await writeFile(join(pair.directory, "d", "f"), content);
    const writer = new FakeWriter({ beforeAnswer });
    const { headers } = told(
      await pair.run("uploadDirectory", { workersrc: "d", compress: null, blocksize: 1024 }, { writer }),
    );
    expect(headers).toMatch(/\nsent 10 KiB in 22 seconds, 465 bytes\/s\n$/);
    expect(headers).not.toContain(" of ");
  });

  it("reports the progress of a download, which has no other output", async () => {
    const { pair, beforeAnswer } = await slowPair();
    const reader = new FakeReader(content, { beforeAnswer });
    const { headers, others } = told(
      await pair.run("downloadFile", { workerdest: "f", mode: null, blocksize: 1024 }, { reader }),
    );
    expect(headers).toMatch(/^received .*\/s\nreceived .*\/s\nreceived 4 KiB in 22 seconds, 186 bytes\/s\n$/);
    expect(others).toEqual([
      ["rc", 0],
      ["elapsed", null],
    ]);
  });

  it("reports what an interrupted one has transferred", async () => {
    const { pair, clock } = await slowPair();
    await writeFile(join(pair.directory, "f"), content);
    const beforeAnswer = async (call: number) => {
      if (call !== 2) return;
      clock.advance(11_000);
      await pair.interrupt();
    };
    const writer = new FakeWriter({ beforeAnswer, heldUntilCall: 2 });
    const { headers, others } = told(await pair.run("uploadFile", { workersrc: "f", blocksize: 1024 }, { writer }));
    expect(headers).toMatch(/\nsent 2 KiB in 11 seconds, 186 bytes\/s\n$/);
    expect(others).toEqual([["rc", 1]]);
    expect(clock.timerCount).toBe(0);
  });
});
