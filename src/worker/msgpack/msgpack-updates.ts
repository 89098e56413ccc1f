// Converts a command's updates to MessagePack (buildbot-msgpack.md §5): text with the positions of its newlines
// and the times of its lines. Pure.
import { isAscii } from "node:buffer";
import type { CommandUpdate, LineTime } from "../../base/command-update.ts";
import { isContinuation } from "../../base/encoding/utf8-characters.ts";
import { Float } from "../../base/python-values.ts";
import { type FloatRun, FloatRuns, type MsgpackValue, Utf8Text } from "../../wire/msgpack/index.ts";

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

/** Reused, since arrays that grow with each line are most of the garbage of a flood. */
let newlines = new Uint32Array(1024);

/** Positions of newlines are in code points; each has a time. */
function linesOf(text: Uint8Array, times: readonly LineTime[] = []): MsgpackValue {
  const isAllAscii = isAscii(text);
  const runs: FloatRun[] = [];
  let count = 0;
  let timedCount = 0;
  let characters = 0;
  let lineStart = 0;
  let place = 0;
  for (let at = text.indexOf(LF); at !== -1; at = text.indexOf(LF, lineStart)) {
    characters += isAllAscii ? at - lineStart : charactersBetween(text, lineStart, at);
    while (place + 1 < times.length && times[place + 1]!.at <= lineStart) {
      runs.push({ value: times[place]!.seconds, count: count - timedCount });
      timedCount = count;
      place += 1;
    }
    if (count === newlines.length) grow();
    newlines[count] = characters;
    count += 1;
    characters += 1;
    lineStart = at + 1;
  }
  runs.push({ value: times[place]?.seconds ?? 0, count: count - timedCount });
  return [new Utf8Text(text), newlines.slice(0, count), new FloatRuns(runs)];
}

function grow(): void {
  const shorter = newlines;
  newlines = new Uint32Array(2 * shorter.length);
  newlines.set(shorter);
}

function charactersBetween(text: Uint8Array, from: number, to: number): number {
  let characters = 0;
  for (let at = from; at < to; at += 1) if (!isContinuation(text[at]!)) characters += 1;
  return characters;
}
