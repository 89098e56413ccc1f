// The transfers of the recorded sessions, with our worker in place of the recorded one.
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { JellyValue } from "../../src/wire/jelly/values.ts";
import { FakeReader, FakeWriter } from "../support/fake-files.ts";
import { valueFromView } from "../support/vectors.ts";
import { type RecordedTransfer, recordedCommands } from "./recorded-transfers.ts";
import { type TransferPair, transferPair } from "./transfer-pair.ts";

const PYTHON = "/usr/bin/python3";

type Outcome = Pick<RecordedTransfer, "calls" | "updates" | "completed">;

interface ReplayOptions {
  /** Of a download that the recorded master had more of than was asked for. */
  readonly content?: Buffer;
  /** Interrupts the command before any of so many calls on the master's file is answered. */
  readonly interruptBehindCalls?: number;
}

async function replay(
  pair: TransferPair,
  { command, args, content }: RecordedTransfer,
  options: ReplayOptions = {},
): Promise<Outcome> {
  const heldUntilCall = options.interruptBehindCalls ?? 1;
  const beforeAnswer = async (call: number) => void (call === options.interruptBehindCalls && (await pair.interrupt()));
  const file = command.startsWith("download")
    ? new FakeReader(options.content ?? content, { beforeAnswer, heldUntilCall })
    : new FakeWriter({ beforeAnswer, heldUntilCall });
  const sent = Object.fromEntries([...args].map(([key, value]) => [key, valueFromView(value)] as [string, JellyValue]));
  const isTransfer = /load/.test(command);
  const files = command.startsWith("download") ? { reader: file } : { writer: file };
  const result = await pair.run(command, sent, isTransfer ? files : {});
  return {
    calls: file instanceof FakeReader ? file.callsToTheEnd : file.calls,
    updates: result.updates.map(([key, value]) => [
      key,
      typeof value === "string" ? value.replaceAll(pair.worker.basedir, "BASEDIR") : value,
    ]),
    completed: result.failure === null ? "well" : "with a failure",
  };
}

function outcomeOf({ calls, updates, completed }: RecordedTransfer): Outcome {
  return { calls, updates, completed };
}

const withoutComplaint = (updates: Outcome["updates"]) =>
  updates.filter(([key]) => key !== "stderr").map(([key, value]) => [key, key === "rc" ? 0 : value]);
const firstLetters = (calls: Outcome["calls"]) =>
  calls
    .map(([method]) => (method === "write" ? "w" : `${method}`))
    .join("")
    .replace(/^w+/, "writes ");

describe.skipIf(!existsSync(PYTHON))("the recorded uploads of files", () => {
  it("are made by the same calls, and reported the same", async () => {
    const [make, up, empty, tooLong, missing, exact, keepstamp] = recordedCommands("pb-upload-file");
    const pair = await transferPair();
    expect((await replay(pair, make!)).updates).toContainEqual(["rc", 0]);
    for (const recorded of [up!, empty!, tooLong!, missing!]) {
      expect(await replay(pair, recorded)).toEqual(outcomeOf(recorded));
    }
    const stamped = await replay(pair, keepstamp!);
    expect(stamped.updates).toEqual(keepstamp!.updates);
    // When the file was read last is the test's own doing.
    const modified = (calls: Outcome["calls"]) => (calls.at(-1) as ["utime", { tuple: unknown[] }])[1].tuple[1];
    expect(modified(stamped.calls)).toEqual(modified(keepstamp!.calls));
    expect(firstLetters(stamped.calls)).toBe(firstLetters(keepstamp!.calls));
    const exactly = await replay(pair, exact!);
    expect(exactly.calls).toEqual(exact!.calls);
    expect(exactly.updates, "a file of just the limit is no failure").toEqual(withoutComplaint(exact!.updates));
  });
});

describe("the recorded uploads of directories", () => {
  it("are made by the same calls, and reported the same", async () => {
    const [make, gz, none, bz2, missing, tooLong] = recordedCommands("pb-upload-directory");
    const pair = await transferPair();
    expect((await replay(pair, make!)).updates).toContainEqual(["rc", 0]);
    for (const recorded of [gz!, none!, bz2!, missing!]) {
      const outcome = await replay(pair, recorded);
      expect(outcome.updates).toEqual(recorded.updates);
      expect(firstLetters(outcome.calls)).toBe(firstLetters(recorded.calls));
      expect(outcome.completed).toBe(recorded.completed);
    }
    const cut = await replay(pair, tooLong!);
    expect(cut.updates).toEqual(tooLong!.updates);
    expect(tooLong!.completed).toBe("never");
    expect(cut.completed).toBe("well");
    expect(cut.calls, "what was cut is not unpacked").toEqual([...tooLong!.calls.slice(0, -1), ["close"]]);
  });
});

describe("the recorded downloads", () => {
  it("are made by the same calls, and reported the same", async () => {
    const [down, empty, text, tooLong, exact, directory, , unwritable] = recordedCommands("pb-download-file");
    const { content } = down!;
    const pair = await transferPair();
    for (const recorded of [down!, empty!, text!, directory!]) {
      expect(await replay(pair, recorded)).toEqual(outcomeOf(recorded));
    }
    // Ours asks for one byte more than the limit, and behind a short block once again.
    const probe = (calls: Outcome["calls"], again = 0) => [
      ...calls.slice(0, -2),
      ["read", (calls.at(-2)?.[1] as number) + 1],
      ...(again > 0 ? [["read", again]] : []),
      ["close"],
    ];
    const cut = await replay(pair, tooLong!, { content });
    expect(cut.updates).toEqual(tooLong!.updates);
    expect(cut.calls).toEqual(probe(tooLong!.calls));
    const exactly = await replay(pair, exact!);
    expect(exactly.calls).toEqual(probe(exact!.calls, 1));
    expect(exactly.updates, "a file of just the limit is no failure").toEqual(withoutComplaint(exact!.updates));
    expect((await replay(pair, unwritable!)).completed).toBe(unwritable!.completed);
  });
});

describe("the recorded interrupt of an upload", () => {
  it("stops ours at the same block", async () => {
    const [make, upload] = recordedCommands("pb-interrupt-upload");
    const pair = await transferPair();
    await replay(pair, make!);
    expect(await replay(pair, upload!, { interruptBehindCalls: 2 })).toEqual(outcomeOf(upload!));
  });
});
