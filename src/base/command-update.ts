// What a running command tells the master, whichever protocol carries it. Text is UTF-8 bytes, so that what a child
// printed can travel without being decoded and encoded again.

/** What an update costs beside its text: some values, and a little memory at either end. */
export const UPDATE_OVERHEAD_BYTES = 200;
/** What a name in a list costs beside its characters. */
const NAME_OVERHEAD_BYTES = 16;

export type TextStream = "header" | "stdout" | "stderr";

export type FailureReason = "timeout_without_output" | "timeout" | "max_lines_failure";

/** The lines of a text that begin at its byte `at` or later, up to the next of these, began at this time. */
export interface LineTime {
  readonly at: number;
  /** Since the epoch. */
  readonly seconds: number;
}

/**
 * One update. `text` is valid UTF-8 and holds whole lines: it ends with a newline. `times`, the first of which is for its
 * start, are there when the master wants them.
 */
export type CommandUpdate =
  | { readonly key: TextStream; readonly text: Uint8Array; readonly times?: readonly LineTime[] }
  | { readonly key: "log"; readonly log: string; readonly text: Uint8Array; readonly times?: readonly LineTime[] }
  | { readonly key: "rc"; readonly rc: number }
  | { readonly key: "elapsed"; readonly seconds: number }
  | { readonly key: "failure_reason"; readonly reason: FailureReason }
  /** mode, inode, device, links, uid, gid, size, atime, mtime, ctime: integers, times in whole seconds. */
  | { readonly key: "stat"; readonly stat: readonly (number | bigint)[] }
  | { readonly key: "files"; readonly files: readonly string[] };

/** About what an update takes on the wire. */
export function bytesOfUpdate(update: CommandUpdate): number {
  return UPDATE_OVERHEAD_BYTES + contentBytes(update);
}

function contentBytes(update: CommandUpdate): number {
  if ("text" in update) return update.text.length;
  if (update.key !== "files") return 0;
  return update.files.reduce((sum, name) => sum + Buffer.byteLength(name) + NAME_OVERHEAD_BYTES, 0);
}
