// Updates from a running command to the master, independent of the protocol. Text is UTF-8 bytes, so that output does
// not have to be decoded and encoded again.

/** Cost of an update besides its text: some values, and a little memory at either end. */
export const UPDATE_OVERHEAD_BYTES = 200;
/** Cost of a name in a list besides its characters. */
const NAME_OVERHEAD_BYTES = 16;

export type TextStream = "header" | "stdout" | "stderr";

export type FailureReason = "timeout_without_output" | "timeout" | "max_lines_failure";

/** Start time of the lines from byte `at` of a text up to the next LineTime. */
export interface LineTime {
  readonly at: number;
  /** Since the epoch. */
  readonly seconds: number;
}

/**
 * One update. `text` is valid UTF-8 and consists of whole lines: it ends with a newline. `times` are set when the
 * master wants them; the first is for the start of the text.
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

/** Approximate size of an update on the wire. */
export function bytesOfUpdate(update: CommandUpdate): number {
  return UPDATE_OVERHEAD_BYTES + contentBytes(update);
}

function contentBytes(update: CommandUpdate): number {
  if ("text" in update) return update.text.length;
  if (update.key !== "files") return 0;
  return update.files.reduce((sum, name) => sum + Buffer.byteLength(name) + NAME_OVERHEAD_BYTES, 0);
}
