// Reads what the system makes up when it is asked, such as the files of /proc. Their size is told nowhere, so that Node would
// take two large buffers for each, and V8 would clean up its whole heap every few dozen commands.
import { closeSync, constants, openSync, readlinkSync, readSync, writeFileSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { errorCode } from "../../base/error-code.ts";

/** More than most of these files hold; others take a few turns. */
const BUFFER_BYTES = 64 * 1024;

const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);

/** Its text in Latin-1; undefined when it is not there, is not ours to read, or goes meanwhile. */
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

/** Where a link of /proc leads; undefined as above. */
export function readSystemLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Undefined when the system took it, or the code with which it refused. Throws what is no refusal. */
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

/** Its first bytes, at most so many, read in Node's pool of threads; undefined as above. Waits for no writer of a FIFO. */
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
