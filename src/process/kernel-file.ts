// Files that the kernel makes up while they are read, such as those of /proc. They tell no size, for which Node takes 64 KiB
// of memory at each reading, and a worker reads many of them for every command: here all share one buffer.
import { closeSync, openSync, readSync } from "node:fs";

/** Hardly any is longer. */
const BUFFER_BYTES = 16 * 1024;

const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);

/** All of it, a character for each byte; throws what the system refuses. Some 20 µs. */
export function readKernelFile(path: string): string {
  const file = openSync(path, "r");
  try {
    let text = "";
    for (;;) {
      const length = readSync(file, buffer);
      if (length === 0) return text;
      text += buffer.toString("latin1", 0, length);
    }
  } finally {
    closeSync(file);
  }
}
