// Reads what the system makes up when it is asked, such as the files of /proc. Their size is told nowhere, so that Node would
// take two large buffers for each, and V8 would clean up its whole heap every few dozen commands.
import { closeSync, openSync, readSync } from "node:fs";

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
