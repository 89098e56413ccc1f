// The operations that a worker may request over MessagePack (buildbot-msgpack.md §2.2): updates, ends and
// file blocks of the commands that it runs.

import { baseErrors } from "../../../base/errors.ts";
import { fieldText, type Operation, requiredField } from "../../../session/msgpack/index.ts";
import type { MsgpackMap, MsgpackValue } from "../../../wire/msgpack/index.ts";
import { masterErrors } from "../../errors.ts";
import { itemsOf } from "../updates.ts";
import type { WorkerCommand } from "../worker-command.ts";
import type { WorkerConnection } from "../worker-connection.ts";

/** Handles an operation for a command. The answer is the resulting bytes, or null. */
type Act = (command: WorkerCommand, fields: MsgpackMap) => unknown;

const write: Act = (command, fields) => command.write(requiredField(fields, "args"));

/** By operation, with the noun for messages. */
const acts: Readonly<Record<string, readonly [sent: string, act: Act]>> = {
  update: ["an update", (command, fields) => command.update(readPairs(requiredField(fields, "args")))],
  complete: ["its end", (command, fields) => command.complete(failureText(requiredField(fields, "args")))],
  update_upload_file_write: ["a part of a file", write],
  update_upload_directory_write: ["a part of a file", write],
  update_upload_file_close: ["the end of a file", (command) => command.upload?.close("close")],
  update_upload_directory_unpack: ["the end of a file", (command) => command.upload?.close("unpack")],
  update_upload_file_utime: [
    "the times of a file",
    (command, fields) =>
      command.upload?.utime(requiredField(fields, "access_time"), requiredField(fields, "modified_time")),
  ],
  update_read_file: [
    "a request for a part of a file",
    (command, fields) => command.read(requiredField(fields, "length")),
  ],
  update_read_file_close: ["the end of a file", (command) => command.download?.close()],
};

/** `worker` throws ERR_NOT_AUTHENTICATED before the login. */
export function masterOperations(worker: () => WorkerConnection): ReadonlyMap<string, Operation> {
  const operation =
    ([sent, act]: readonly [string, Act]): Operation =>
    (fields) => {
      const known = worker();
      const id = requiredField(fields, "command_id");
      const command = known.command(typeof id === "number" ? String(id) : (fieldText(id) ?? ""), sent);
      if (command === undefined) throw masterErrors.unknownCommandId();
      const result = act(command, fields);
      return result instanceof Promise
        ? result.then((bytes: unknown) => (bytes instanceof Uint8Array ? bytes : null))
        : null;
    };
  return new Map(Object.entries(acts).map(([name, act]) => [name, operation(act)]));
}

/** Pairs of a key and a value. Text comes with the offsets and times of its lines, which are not used. */
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
  return args === null ? undefined : (fieldText(args) ?? "the worker gave no reason");
}
