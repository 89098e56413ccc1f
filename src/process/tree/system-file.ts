// Reads files that the system generates, such as those of /proc. Their size is unknown, so Node would allocate two
// large buffers for each, and V8 would collect its whole heap every few dozen commands.
import { closeSync, constants, openSync, readlinkSync, readSync, writeFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { errorCode } from "../../base/error-code.ts";

/** Larger than most of these files. */
const BUFFER_BYTES = 64 * 1024;

const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);

/** Its text in Latin-1; undefined when it does not exist, is not readable, or disappears meanwhile. */
export function readSystemFile(path: string): string | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, "r");
    let text = "";
    for (;;) {
      const bytes = readSync(file, buffer);
      if (bytes === 0) return text;
      text += buffer.toString("latin1", 0, bytes);
    }
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Target of a link of /proc; undefined as above. */
export function readSystemLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Undefined on success, or the system's error code. Throws other errors. */
export function writeSystemFile(path: string, text: string): string | undefined {
  try {
    writeFileSync(path, text);
    return undefined;
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    return code;
  }
}

/**
 * Its first bytes, up to a limit, read in Node's thread pool; undefined as above. Does not wait for a writer of a FIFO.
 */
export async function readStart(path: string | Buffer, limitBytes: number): Promise<Buffer | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const bytes = Buffer.alloc(limitBytes);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(bytes, length, limitBytes - length);
      length += bytesRead;
      if (bytesRead === 0 || length === limitBytes) return bytes.subarray(0, length);
    }
  } catch {
    return undefined;
  } finally {
    await file?.close();
  }
}
