// Whatever a worker puts into a message, the master answers with a value or an error of its table, and the command ends once.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WorkerError } from "../../../src/base/errors.ts";
import { masterOperations } from "../../../src/master/workers/msgpack/msgpack-operations.ts";
import { commandObject, readerObject, writerObject } from "../../../src/master/workers/pb/pb-objects.ts";
import { ReceiveWindow } from "../../../src/master/workers/receive-window.ts";
import { type ProtocolSession, WorkerConnection } from "../../../src/master/workers/worker-connection.ts";
import { readWorkerInfo } from "../../../src/master/workers/worker-info.ts";
import type { MsgpackValue } from "../../../src/wire/msgpack/values.ts";
import { jellyValues } from "../../support/arbitraries.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { msgpackValue } from "../../wire/msgpack/arbitrary-value.ts";

const RUNS = { numRuns: 200 };
const TIMEOUT_MS = 60_000;

/** One command with a file each way, and how it ends. */
function running() {
  const problems: string[] = [];
  const answer = async () => null;
  const session: ProtocolSession = {
    protocol: "pb",
    print: answer,
    keepalive: answer,
    setBuilders: answer,
    startBuild: answer,
    start: answer,
    interrupt: answer,
    shutdown: answer,
  };
  const worker = new WorkerConnection({
    name: "w1",
    peer: "127.0.0.1:40000",
    info: readWorkerInfo(new Map()).info,
    clock: new ManualClock(),
    receiveWindow: new ReceiveWindow({ pause() {}, resume() {} }),
    session: () => session,
    onProblem: (sentence) => void problems.push(sentence),
    disconnect: () => {},
    onSeen: () => {},
  });
  let abandoned = 0;
  const run = worker.run({
    builder: "b1",
    name: "shell",
    args: new Map(),
    onUpdate: () => {},
    upload: {
      write: async () => {},
      utime: async () => {},
      close: async () => {},
      abandon: async () => {
        abandoned += 1;
      },
    },
    download: { read: async (length) => Buffer.alloc(Math.min(length, 10)), close: async () => {} },
  });
  return { worker, run, problems, abandoned: () => abandoned };
}

async function outcomeOf(act: () => unknown): Promise<unknown> {
  try {
    return await act();
  } catch (error) {
    return error;
  }
}

function isFine(outcome: unknown): boolean {
  return !(outcome instanceof Error) || outcome instanceof WorkerError;
}

describe("values of a hostile worker", () => {
  it(
    "over PB do the master no harm",
    async () => {
      const call = fc.tuple(
        fc.constantFrom("update", "update", "complete", "write", "close", "utime", "unpack", "read"),
        fc.array(
          fc.oneof(
            jellyValues,
            fc.tuple(jellyValues, jellyValues).map((pair) => [pair]),
          ),
          { maxLength: 2 },
        ),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(call, { maxLength: 8 }), async (calls) => {
          const { worker, run, abandoned } = running();
          const objects = [commandObject, writerObject, readerObject].map((make) => make(worker, run.id));
          for (const [method, args] of calls) {
            for (const { methods } of objects) {
              const outcome = await outcomeOf(() => methods.get(method)?.({ args, kwargs: new Map(), keep: () => {} }));
              expect(isFine(outcome), String(outcome)).toBe(true);
            }
          }
          worker.lose("the worker is gone");
          await run.ended;
          expect(abandoned()).toBeLessThanOrEqual(1);
        }),
        RUNS,
      );
    },
    TIMEOUT_MS,
  );

  it(
    "over MessagePack do the master no harm",
    async () => {
      const operation = fc.tuple(
        fc.constantFrom(
          "update",
          "complete",
          "update_upload_file_write",
          "update_upload_file_utime",
          "update_upload_file_close",
          "update_upload_directory_write",
          "update_upload_directory_unpack",
          "update_read_file",
          "update_read_file_close",
        ),
        fc.record({ args: msgpackValue, length: msgpackValue, access_time: msgpackValue, modified_time: msgpackValue }),
        fc.oneof(fc.constant("0"), msgpackValue),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(operation, { maxLength: 8 }), async (calls) => {
          const { worker, run, abandoned } = running();
          const operations = masterOperations(() => worker);
          for (const [op, fields, id] of calls) {
            const all = new Map<string, MsgpackValue>([...Object.entries(fields), ["command_id", id]]);
            const outcome = await outcomeOf(() => operations.get(op)?.(all));
            expect(isFine(outcome), String(outcome)).toBe(true);
          }
          worker.lose("the worker is gone");
          await run.ended;
          expect(abandoned()).toBeLessThanOrEqual(1);
        }),
        RUNS,
      );
    },
    TIMEOUT_MS,
  );

  it(
    "in its facts become text",
    () => {
      const names = ["environ", "worker_commands", "version", "basedir", "system", "delete_leftover_dirs", "admin"];
      const facts = fc.array(fc.tuple(fc.oneof(fc.constantFrom(...names), jellyValues), jellyValues));
      fc.assert(
        fc.property(facts, (entries) => {
          const { info } = readWorkerInfo(new Map<unknown, unknown>(entries));
          const texts = [...info.facts, ...info.commands, ...info.environment].flat();
          expect(texts.every((text) => typeof text === "string")).toBe(true);
        }),
        RUNS,
      );
    },
    TIMEOUT_MS,
  );
});
