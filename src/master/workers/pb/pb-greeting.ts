// What a master asks a worker of PB when it attaches, with the detours for those of the time when workers had another name
// (docs/protocol/buildbot-pb.md §3, §11.3).
import { baseErrors } from "../../../base/errors.ts";
import { remoteFailureOf } from "../../../session/pb/index.ts";
import type { JellyValue } from "../../../wire/jelly/index.ts";
import { plainText, readCommands, readWorkerInfo, type WorkerWord } from "../worker-info.ts";

/** Asks the worker's bot. */
export type BotCall = (method: string, ...args: JellyValue[]) => Promise<JellyValue>;

const NO_SUCH_METHOD = "twisted.spread.flavors.NoSuchMethod";
const OLD_NOTICE = "this worker does not know getWorkerInfo; it is asked in the way of Buildbot 0.8";

/** Rejects with what the worker refuses. */
export async function greet(call: BotCall): Promise<WorkerWord> {
  await call("print", "attached");
  const told = await unlessUnknown(call("getWorkerInfo"));
  if (told !== undefined) return readWorkerInfo(dictionary("getWorkerInfo", told));
  await call("print", OLD_NOTICE);
  const old = await unlessUnknown(call("getSlaveInfo"));
  const word = readWorkerInfo(dictionary("getSlaveInfo", old ?? new Map()));
  if (word.info.commands.size > 0) return word;
  const commands = readCommands(await unlessUnknown(call("getCommands")));
  const version = plainText(await unlessUnknown(call("getVersion")));
  return { ...word, info: { ...word.info, commands, version: version ?? word.info.version } };
}

async function unlessUnknown(answer: Promise<JellyValue>): Promise<JellyValue | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (remoteFailureOf(error)?.type === NO_SUCH_METHOD) return undefined;
    throw error;
  }
}

function dictionary(method: string, value: JellyValue): ReadonlyMap<unknown, unknown> {
  if (value instanceof Map) return value;
  throw baseErrors.badArguments(method, "a dictionary as the worker's answer", "something else");
}
