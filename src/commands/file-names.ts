// The file names that a command found, up to a limit. Names are bytes to the system; here they are kept as byte text, in
// which each character stands for one byte, so that names which are not UTF-8 stay apart and can be used in paths.
import { errors } from "../base/errors.ts";

/** A list on the wire can have 655 360 items (docs/protocol/perspective-broker.md). */
export const FILES_LIMIT = 500_000;
/** All names together, since they are sent in one message. */
export const FILES_LIMIT_BYTES = 8 * 1024 * 1024;

/** Text whose characters stand for bytes (latin1). */
export type ByteText = string;

export function byteText(text: string): ByteText {
  return Buffer.from(text).toString("latin1");
}

/** Bytes that are not UTF-8 become U+FFFD. */
export function textOfBytes(bytes: ByteText): string {
  return Buffer.from(bytes, "latin1").toString();
}

/** Names in the order of their first coming. */
export class FileNames {
  readonly #names = new Set<ByteText>();
  #sizeBytes = 0;

  /** Throws ERR_TOO_MANY_FILES beyond a limit. */
  add(name: ByteText): void {
    if (this.#names.has(name)) return;
    if (this.#names.size === FILES_LIMIT) throw errors.tooManyFiles("file names", FILES_LIMIT);
    this.#sizeBytes += name.length;
    if (this.#sizeBytes > FILES_LIMIT_BYTES) throw errors.tooManyFiles("bytes of file names", FILES_LIMIT_BYTES);
    this.#names.add(name);
  }

  toTexts(): readonly string[] {
    return Array.from(this.#names, textOfBytes);
  }
}
