// Updates as short text, for tests to compare.
import type { CommandUpdate } from "../../src/base/command-update.ts";
import type { SendUpdates } from "../../src/output/batches.ts";

/** One update; a newline is shown as `|`. */
export function shownUpdate(update: CommandUpdate): string {
  switch (update.key) {
    case "header":
    case "stdout":
    case "stderr":
      return `${update.key} ${textOf(update.text)}`;
    case "log":
      return `log ${update.log} ${textOf(update.text)}`;
    case "rc":
      return `rc ${update.rc}`;
    case "elapsed":
      return `elapsed ${update.seconds}`;
    case "failure_reason":
      return `failure_reason ${update.reason}`;
    case "stat":
    case "files":
      return `${update.key} ${update.key === "stat" ? update.stat.join() : update.files.join()}`;
    default:
      return update satisfies never;
  }
}

/** Updates in order, neighbours of one stream joined however they were cut: what the master's logs will hold. */
export function shownJoined(updates: readonly CommandUpdate[]): string[] {
  const all: string[] = [];
  let last = "";
  for (const update of updates) {
    const stream = "text" in update ? `${update.key} ${update.key === "log" ? update.log : ""}` : "";
    if (stream !== "" && stream === last && "text" in update) all[all.length - 1] += textOf(update.text);
    else all.push(shownUpdate(update));
    last = stream;
  }
  return all;
}

function textOf(text: Uint8Array): string {
  return Buffer.from(text).toString("utf8").replaceAll("\n", "|");
}

/** Sends to a master that never answers, so that what was sent stays as it is. */
export function unanswered(take: (updates: readonly CommandUpdate[]) => void): SendUpdates {
  return (updates) => {
    take(updates);
    return new Promise(() => {});
  };
}
