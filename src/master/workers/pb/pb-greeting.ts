// The calls of a master to a PB worker that attaches, with fallbacks for Buildbot 0.8 (buildbot-pb.md §3,
// §11.3).
import { baseErrors } from "../../../base/errors.ts";
import { remoteFailureOf } from "../../../session/pb/index.ts";
import type { JellyValue } from "../../../wire/jelly/index.ts";
import { type AttachReport, plainText, readCommands, readWorkerInfo } from "../worker-info.ts";

/** Calls a method of the worker's bot. */
export type BotCall = (method: string, ...args: JellyValue[]) => Promise<JellyValue>;

const NO_SUCH_METHOD = "twisted.spread.flavors.NoSuchMethod";
const OLD_NOTICE = "this worker does not support getWorkerInfo; using the calls of Buildbot 0.8";

/** Rejects with the worker's error. */
export async function greet(call: BotCall): Promise<AttachReport> {
  await call("print", "attached");
  const info = await unlessUnknown(call("getWorkerInfo"));
  if (info !== undefined) return readWorkerInfo(dictionary("getWorkerInfo", info));
  await call("print", OLD_NOTICE);
  const old = await unlessUnknown(call("getSlaveInfo"));
  const report = readWorkerInfo(dictionary("getSlaveInfo", old ?? new Map()));
  if (report.info.commands.size > 0) return report;
  const commands = readCommands(await unlessUnknown(call("getCommands")));
  const version = plainText(await unlessUnknown(call("getVersion")));
  return { ...report, info: { ...report.info, commands, version: version ?? report.info.version } };
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
