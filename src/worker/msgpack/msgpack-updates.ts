// Converts a command's updates to MessagePack (buildbot-msgpack.md §5): text with the positions of its newlines
// and the times of its lines. Pure.
import type { CommandUpdate, LineTime } from "../../base/command-update.ts";
import { isContinuation } from "../../base/encoding/utf8-characters.ts";
import { Float } from "../../base/python-values.ts";
import { type MsgpackValue, Utf8Text } from "../../wire/msgpack/index.ts";

const LF = 0x0a;

/** `[key, value]` */
export function updatePair(update: CommandUpdate): readonly MsgpackValue[] {
  return [update.key, wireValue(update)];
}

function wireValue(update: CommandUpdate): MsgpackValue {
  switch (update.key) {
    case "header":
    case "stdout":
    case "stderr":
      return linesOf(update.text, update.times);
    case "log":
      return [update.log, linesOf(update.text, update.times)];
    case "rc":
      return update.rc;
    case "elapsed":
      return new Float(update.seconds);
    case "failure_reason":
      return update.reason;
    case "stat":
      return update.stat;
    case "files":
      return update.files;
    default:
      return update satisfies never;
  }
}

/** Positions of newlines are in code points; each has a time. */
function linesOf(text: Uint8Array, times: readonly LineTime[] = []): MsgpackValue {
  const newlines: number[] = [];
  const lineTimes: Float[] = [];
  let characters = 0;
  let lineStart = 0;
  let place = 0;
  for (let at = 0; at < text.length; at += 1) {
    const byte = text[at]!;
    if (byte === LF) {
      newlines.push(characters);
      while ((times[place + 1]?.at ?? Number.POSITIVE_INFINITY) <= lineStart) place += 1;
      lineTimes.push(new Float(times[place]?.seconds ?? 0));
      lineStart = at + 1;
    }
    if (!isContinuation(byte)) characters += 1;
  }
  return [new Utf8Text(text), newlines, lineTimes];
}
