// The objects that a worker calls over PB while a command runs: the command, the writer of an upload, the reader of a
// download (buildbot-pb.md §5, §8). They hold only an id, since Python workers release them as late as
// their garbage collection.

import { baseErrors } from "../../../base/errors.ts";
import { sessionErrors } from "../../../session/errors.ts";
import type { IncomingCall, RemoteMethod, RemoteObject } from "../../../session/pb/index.ts";
import { Failure, type JellyValue } from "../../../wire/jelly/index.ts";
import { itemsOf } from "../updates.ts";
import type { WorkerCommand } from "../worker-command.ts";
import type { WorkerConnection } from "../worker-connection.ts";
import { plainText } from "../worker-info.ts";

export function commandObject(worker: WorkerConnection, id: string): RemoteObject {
  return object({
    update({ args: [updates] }) {
      const { pairs, largest } = readPairs(updates);
      return (
        worker
          .command(id, "an update")
          ?.update(pairs)
          .then(() => largest) ?? largest
      );
    },
    complete({ args: [failure = null] }) {
      worker.command(id, "its end")?.complete(failureText(failure));
      return null;
    },
  });
}

export function writerObject(worker: WorkerConnection, id: string): RemoteObject {
  const end = (how: "close" | "unpack") => async () => {
    await transferring(worker, id).upload?.close(how);
    return null;
  };
  return object({
    async write({ args: [block] }) {
      await transferring(worker, id).write(block);
      return null;
    },
    close: end("close"),
    unpack: end("unpack"),
    utime({ args: [times] }) {
      const [accessed, modified] = itemsOf(times) ?? [];
      transferring(worker, id).upload?.utime(accessed, modified);
      return null;
    },
  });
}

export function readerObject(worker: WorkerConnection, id: string): RemoteObject {
  return object({
    async read({ args: [lengthBytes] }) {
      return transferring(worker, id).read(lengthBytes);
    },
    close() {
      worker.command(id)?.download?.close();
      return null;
    },
  });
}

function transferring(worker: WorkerConnection, id: string): WorkerCommand {
  const command = worker.command(id, "a part of a file");
  if (command === undefined) throw sessionErrors.noSuchObject();
  return command;
}

interface Pairs {
  readonly pairs: readonly (readonly [string, unknown])[];
  /** The largest update number; recent versions of Buildbot always send 0. */
  readonly largest: number;
}

/**
 * Updates of all worker versions: pairs of a dictionary and a number, in lists or tuples, with text or bytes as keys.
 */
function readPairs(updates: JellyValue | undefined): Pairs {
  const pairs: [string, unknown][] = [];
  let largest = 0;
  for (const item of itemsOf(updates) ?? []) {
    const [dictionary, number] = itemsOf(item) ?? [];
    if (!(dictionary instanceof Map))
      throw baseErrors.badArguments("update", "pairs of a dictionary and a number", "something else");
    if (typeof number === "number" && number > largest) largest = number;
    for (const [key, value] of dictionary as ReadonlyMap<JellyValue, JellyValue>) {
      pairs.push([plainText(key) ?? "", value]);
    }
  }
  return { pairs, largest };
}

function failureText(failure: JellyValue): string | undefined {
  if (failure === null) return undefined;
  if (failure instanceof Failure) return failure.message === "" ? failure.type : `${failure.type}: ${failure.message}`;
  return typeof failure === "string" ? failure : "the worker gave no reason";
}

function object(
  methods: Readonly<Record<string, (call: IncomingCall) => JellyValue | Promise<JellyValue>>>,
): RemoteObject {
  return { methods: new Map<string, RemoteMethod>(Object.entries(methods)) };
}
