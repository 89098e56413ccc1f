// A command's peer over MessagePack, joined to a master's exchange without a socket: whatever files and texts go over the
// wire, they arrive as they were.
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Float } from "../../../src/base/python-values.ts";
import { receiveBlocks } from "../../../src/commands/receive-blocks.ts";
import { sendBlocks } from "../../../src/commands/send-blocks.ts";
import { Exchange, type Operation } from "../../../src/session/msgpack/exchange.ts";
import type { MsgpackMap, MsgpackValue } from "../../../src/wire/msgpack/values.ts";
import { Backlog } from "../../../src/worker/backlog.ts";
import { MsgpackCommandPeer } from "../../../src/worker/msgpack/msgpack-command-peer.ts";
import { ConnectionBudget } from "../../../src/worker/transfer-budget.ts";
import { DEFAULT_RULES } from "../../support/default-rules.ts";
import { ManualClock } from "../../support/manual-clock.ts";

/** The peer of a command with the id `7` of a master that has these operations; each message comes in a turn of its own. */
function peerOf(operations: Readonly<Record<string, (fields: MsgpackMap) => MsgpackValue>>) {
  const ids: MsgpackValue[] = [];
  const noted = (operation: (fields: MsgpackMap) => MsgpackValue): Operation => {
    return (fields) => {
      ids.push(fields.get("command_id") ?? null);
      return operation(fields);
    };
  };
  const problems: unknown[] = [];
  const common = {
    onProblem: (sentence: string) => void problems.push(sentence),
    onBug: (e: unknown) => void problems.push(e),
  };
  const master: Exchange = new Exchange({
    ...common,
    operations: new Map(Object.entries(operations).map(([op, operation]) => [op, noted(operation)])),
    send: (message) => setImmediate(() => worker.receive(message)),
  });
  const worker: Exchange = new Exchange({
    ...common,
    operations: new Map(),
    send: (message) => setImmediate(() => master.receive(message)),
  });
  const peer = new MsgpackCommandPeer({
    exchange: worker,
    backlog: new Backlog(DEFAULT_RULES.backlogLimitBytes),
    budget: new ConnectionBudget(),
    id: "7",
    uploads: "file",
    log: (text) => void problems.push(text),
  });
  return { peer, worker, ids, problems };
}

const transfer = () => ({
  signal: new AbortController().signal,
  clock: new ManualClock(),
  limitBytes: Number.POSITIVE_INFINITY,
  progress: { add() {} },
});

describe("any file", () => {
  const content = fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes));
  const blockBytes = fc.integer({ min: 1, max: 400 });

  it("arrives at the master as it is, whatever its blocks are", async () => {
    await fc.assert(
      fc.asyncProperty(content, blockBytes, async (file, size) => {
        const blocks: Uint8Array[] = [];
        const { peer, worker, ids, problems } = peerOf({
          update_upload_file_write: (fields) => {
            blocks.push(fields.get("args") as Uint8Array);
            return null;
          },
        });
        let rest = file;
        const take = async (lengthBytes: number) => {
          const block = rest.subarray(0, lengthBytes);
          rest = rest.subarray(block.length);
          return block;
        };
        expect(await sendBlocks({ ...transfer(), take, writer: peer.fileWriter(), blockBytes: size })).toBe("sent");
        expect(Buffer.concat(blocks).equals(file)).toBe(true);
        expect(ids.every((id) => id === "7")).toBe(true);
        expect(worker.counts.pending).toBe(0);
        expect(problems).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });

  it("arrives at the worker as it is, as bytes or as text", async () => {
    await fc.assert(
      fc.asyncProperty(content, blockBytes, fc.boolean(), async (bytes, size, isText) => {
        const file = isText ? Buffer.from(bytes.toString("latin1").replaceAll(/[^\0-\x7f]/g, "?")) : bytes;
        let rest = file;
        const { peer, problems } = peerOf({
          update_read_file: (fields) => {
            const block = rest.subarray(0, Number(fields.get("length")));
            rest = rest.subarray(block.length);
            return isText ? block.toString() : block;
          },
        });
        const stored: Uint8Array[] = [];
        const store = async (block: Uint8Array) => void stored.push(Uint8Array.from(block));
        const reader = peer.fileReader();
        expect(await receiveBlocks({ ...transfer(), reader, store, blockBytes: size })).toBe("received");
        expect(Buffer.concat(stored).equals(file)).toBe(true);
        expect(problems).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});

describe("any text of lines", () => {
  const lines = fc.array(fc.string({ unit: fc.constantFrom("a", "é", "€", "😀", "\r", "\0") }), {
    minLength: 1,
    maxLength: 20,
  });

  it("arrives as it is, with the place of each newline in characters and the time of each line", async () => {
    await fc.assert(
      fc.asyncProperty(lines, fc.array(fc.integer({ min: 1, max: 9 })), async (all, steps) => {
        const text = all.map((line) => `${line}\n`).join("");
        const starts = all.map((_, i) =>
          Buffer.byteLength(
            all
              .slice(0, i)
              .map((line) => `${line}\n`)
              .join(""),
          ),
        );
        let seconds = 1000;
        const times = starts.map((at, i) => {
          seconds += steps[i] ?? 0;
          return { at, seconds };
        });
        const came: MsgpackValue[] = [];
        const { peer, problems } = peerOf({
          update: (fields) => {
            came.push(...(fields.get("args") as readonly MsgpackValue[]));
            return null;
          },
        });
        const bytes = Buffer.from(text);
        const isAnswered = await peer.update([
          { key: "stdout", text: bytes, times },
          { key: "log", log: "l", text: bytes, times },
        ]);
        expect(isAnswered).toBe(true);
        const [stdout, log] = came as [[string, Lines], [string, [string, Lines]]];
        for (const [shown, newlines, begun] of [stdout[1], log[1][1]]) {
          expect(shown).toBe(text);
          const places = Array.from(text).flatMap((character, at) => (character === "\n" ? [at] : []));
          expect(newlines).toEqual(places);
          expect(begun.map(({ value }) => value)).toEqual(times.map((time) => time.seconds));
        }
        expect(problems).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});

type Lines = readonly [text: string, newlines: readonly number[], times: readonly Float[]];
