// Reads one small text file of the host, without hanging on what is no file. Knows no file by name.
import { isUtf8 } from "node:buffer";
import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { systemReason } from "../../base/system-error.ts";

/** The text with newlines as Python reads them, or why there is none. */
export type HostText =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "missing" }
  | { readonly type: "directory" }
  | { readonly type: "refused"; readonly reason: string };

/** Reads a regular file (links are followed) of at most `limitBytes` bytes of UTF-8. Never rejects. */
export async function readHostText(path: string, limitBytes: number): Promise<HostText> {
  try {
    // Opening a device can have effects of its own, so what it is is asked first.
    const found = await stat(path);
    if (found.isDirectory()) return { type: "directory" };
    if (!found.isFile()) return { type: "refused", reason: "Not a regular file" };
    // Should a pipe have taken its place by now, opening it does not wait for a writer.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      return await readWhole(file, limitBytes);
    } finally {
      await file.close();
    }
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return missing ? { type: "missing" } : { type: "refused", reason: systemReason(error) };
  }
}

/** The size a file claims means little: those of the kernel claim none. */
async function readWhole(file: FileHandle, limitBytes: number): Promise<HostText> {
  const bytes = Buffer.allocUnsafe(limitBytes + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length, null);
    length += bytesRead;
    if (length > limitBytes) return { type: "refused", reason: `Longer than ${limitBytes} bytes` };
    if (bytesRead === 0) break;
  }
  const content = bytes.subarray(0, length);
  if (!isUtf8(content)) return { type: "refused", reason: "Not UTF-8 text" };
  return { type: "text", text: content.toString("utf8").replaceAll(/\r\n?/g, "\n") };
}
