// What a worker calls on the master over PB while a command runs: the command, the writer of an upload, the reader of a
// download (docs/protocol/buildbot-pb.md §5, §8). They hold no more than an id: Python's workers give them back when their
// garbage is collected.

import { baseErrors } from "../../../base/errors.ts";
import { Float } from "../../../base/python-values.ts";
import { sessionErrors } from "../../../session/errors.ts";
import type { IncomingCall, RemoteMethod, RemoteObject } from "../../../session/pb/index.ts";
import { Failure, type JellyValue } from "../../../wire/jelly/index.ts";
import type { RemoteRun } from "../remote-run.ts";
import type { Runs } from "../runs.ts";
import { itemsOf } from "../updates.ts";
import { textOf } from "../worker-info.ts";

export function commandObject(runs: Runs, id: string): RemoteObject {
  return object({
    update({ args: [updates] }) {
      const { pairs, largest } = readPairs(updates);
      const run = runs.find(id);
      if (run === undefined) {
        runs.passOver("an update");
        return largest;
      }
      return run.update(pairs).then(() => largest);
    },
    complete({ args: [failure = null] }) {
      const run = runs.find(id);
      if (run === undefined) runs.passOver("its end");
      run?.complete(failureText(failure));
      return null;
    },
  });
}

export function writerObject(runs: Runs, id: string): RemoteObject {
  const end = (how: "close" | "unpack") => async () => {
    const { upload } = transferring(runs, id);
    await upload?.close(how);
    return null;
  };
  return object({
    async write({ args: [block] }) {
      const run = transferring(runs, id);
      const bytes = block instanceof Uint8Array ? block.length : 0;
      await run.transfer(bytes, async () => run.upload?.write(block));
      return null;
    },
    close: end("close"),
    unpack: end("unpack"),
    utime({ args: [times] }) {
      const [accessed, modified] = (itemsOf(times) ?? []).map(numberOf);
      transferring(runs, id).upload?.utime(accessed, modified);
      return null;
    },
  });
}

export function readerObject(runs: Runs, id: string): RemoteObject {
  return object({
    async read({ args: [lengthBytes] }) {
      const run = transferring(runs, id);
      return (await run.transfer(0, async () => run.download?.read(lengthBytes))) ?? Buffer.of();
    },
    close() {
      runs.find(id)?.download?.close();
      return null;
    },
  });
}

function transferring(runs: Runs, id: string): RemoteRun {
  const run = runs.find(id);
  if (run !== undefined) return run;
  runs.passOver("a part of a file");
  throw sessionErrors.noSuchObject();
}

interface Pairs {
  readonly pairs: readonly (readonly [string, unknown])[];
  /** Of the numbers, which Buildbot has left at 0 for years. */
  readonly largest: number;
}

/** Updates as workers of all times have them: pairs of a dictionary and a number, in lists or tuples, text or bytes as keys. */
function readPairs(updates: JellyValue | undefined): Pairs {
  const pairs: [string, unknown][] = [];
  let largest = 0;
  for (const item of itemsOf(updates) ?? []) {
    const [dictionary, number] = itemsOf(item) ?? [];
    if (!(dictionary instanceof Map))
      throw baseErrors.badArguments("update", "pairs of a dictionary and a number", "something else");
    if (typeof number === "number" && number > largest) largest = number;
    for (const [key, value] of dictionary as ReadonlyMap<JellyValue, JellyValue>) {
      pairs.push([textOf(key) ?? "", value]);
    }
  }
  return { pairs, largest };
}

function failureText(failure: JellyValue): string | undefined {
  if (failure === null) return undefined;
  if (failure instanceof Failure) return failure.message === "" ? failure.type : `${failure.type}: ${failure.message}`;
  return typeof failure === "string" ? failure : "the worker gave no reason";
}

function numberOf(value: unknown): unknown {
  return value instanceof Float ? value.value : value;
}

function object(
  methods: Readonly<Record<string, (call: IncomingCall) => JellyValue | Promise<JellyValue>>>,
): RemoteObject {
  return { methods: new Map<string, RemoteMethod>(Object.entries(methods)) };
}
