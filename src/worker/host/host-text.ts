// Reads a small text file of the host without blocking on pipes and devices.
import { isUtf8 } from "node:buffer";
import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { systemReason } from "../../base/system-error.ts";

/** The text with universal newlines, as Python reads them, or the reason why it cannot be read. */
export type HostText =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "missing" }
  | { readonly type: "directory" }
  | { readonly type: "refused"; readonly reason: string };

/** Reads a regular file (links are followed) of at most `limitBytes` bytes of UTF-8. Never rejects. */
export async function readHostText(path: string, limitBytes: number): Promise<HostText> {
  try {
    // Check the type first, because opening a device can have side effects.
    const found = await stat(path);
    if (found.isDirectory()) return { type: "directory" };
    if (!found.isFile()) return { type: "refused", reason: "Not a regular file" };
    // With O_NONBLOCK, opening a pipe that has replaced the file does not wait for a writer.
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

/** Ignores the reported size: files of the kernel report 0. */
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
