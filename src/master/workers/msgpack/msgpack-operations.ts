// What a worker may ask of the master over MessagePack (docs/protocol/buildbot-msgpack.md §2.2): to take updates, ends and
// parts of files of the commands that it runs.

import { baseErrors } from "../../../base/errors.ts";
import { Float } from "../../../base/python-values.ts";
import { type Operation, requiredField, textOf } from "../../../session/msgpack/index.ts";
import type { MsgpackMap, MsgpackValue } from "../../../wire/msgpack/index.ts";
import { masterErrors } from "../../errors.ts";
import type { RemoteRun } from "../remote-run.ts";
import type { Runs } from "../runs.ts";
import { itemsOf } from "../updates.ts";

/** `runs`: of a worker that is known; throws ERR_NOT_AUTHENTICATED otherwise. */
export function createOperations(runs: () => Runs): ReadonlyMap<string, Operation> {
  const onRun =
    (what: string, act: (run: RemoteRun, fields: MsgpackMap) => MsgpackValue | Promise<MsgpackValue>): Operation =>
    (fields) => {
      const known = runs();
      const id = requiredField(fields, "command_id");
      const run = known.find(typeof id === "number" ? String(id) : (textOf(id) ?? ""));
      if (run !== undefined) return act(run, fields);
      known.passOver(what);
      throw masterErrors.unknownCommandId();
    };
  const write = onRun("a part of a file", async (run, fields) => {
    const block = requiredField(fields, "args");
    const bytes = block instanceof Uint8Array ? block.length : 0;
    await run.transfer(bytes, async () => run.upload?.write(block));
    return null;
  });
  const finish = (how: "close" | "unpack") =>
    onRun("the end of a file", async (run) => {
      await run.upload?.close(how);
      return null;
    });
  return new Map<string, Operation>([
    [
      "update",
      onRun("an update", async (run, fields) => {
        await run.update(readPairs(requiredField(fields, "args")));
        return null;
      }),
    ],
    [
      "complete",
      onRun("its end", (run, fields) => {
        run.complete(failureText(requiredField(fields, "args")));
        return null;
      }),
    ],
    ["update_upload_file_write", write],
    ["update_upload_directory_write", write],
    ["update_upload_file_close", finish("close")],
    ["update_upload_directory_unpack", finish("unpack")],
    [
      "update_upload_file_utime",
      onRun("the times of a file", (run, fields) => {
        run.upload?.utime(secondsIn(fields, "access_time"), secondsIn(fields, "modified_time"));
        return null;
      }),
    ],
    [
      "update_read_file",
      onRun("the wish for a part of a file", async (run, fields) => {
        const length = requiredField(fields, "length");
        return (await run.transfer(0, async () => run.download?.read(length))) ?? Buffer.of();
      }),
    ],
    [
      "update_read_file_close",
      onRun("the end of a file", (run) => {
        run.download?.close();
        return null;
      }),
    ],
  ]);
}

/** Pairs of a key and a value; text comes with the places and times of its lines, which are found anew here. */
function readPairs(args: MsgpackValue): readonly (readonly [string, unknown])[] {
  return (itemsOf(args) ?? []).map((pair) => {
    const [key, value] = itemsOf(pair) ?? [];
    if (typeof key !== "string")
      throw baseErrors.badArguments("update", "pairs of a key and a value", "something else");
    if (key !== "log") return [key, isText(key) ? contentOf(value) : value];
    const [name, lines] = itemsOf(value) ?? [];
    return [key, [name, contentOf(lines)]];
  });
}

function isText(key: string): boolean {
  return key === "header" || key === "stdout" || key === "stderr";
}

function contentOf(lines: unknown): unknown {
  return Array.isArray(lines) ? lines[0] : lines;
}

function failureText(args: MsgpackValue): string | undefined {
  return args === null ? undefined : (textOf(args) ?? "the worker gave no reason");
}

function secondsIn(fields: MsgpackMap, name: string): unknown {
  const value = requiredField(fields, name);
  return value instanceof Float ? value.value : value;
}
