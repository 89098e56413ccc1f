// Bytes that a visitor downloads: logs, and files that builds have uploaded.
import { constants } from "node:fs";
import { lstat, open } from "node:fs/promises";
import type { Context } from "hono";
import { errorText } from "../../base/errors.ts";
import type { Site, WebEnv } from "./site.ts";

const PIECE_BYTES = 64 * 1024;

/** The size of a regular file; undefined for anything else. */
export async function fileBytes(path: string): Promise<number | undefined> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isFile() ? found.size : undefined;
}

/** As many bytes of a file. Throws if it is shorter. */
export async function* filePieces(path: string, bytes: number): AsyncGenerator<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    for (let left = bytes; left > 0; ) {
      const piece = new Uint8Array(Math.min(left, PIECE_BYTES));
      const { bytesRead } = await file.read(piece);
      if (bytesRead === 0) throw new Error(`the file has only ${bytes - left} bytes`);
      yield piece.subarray(0, bytesRead);
      left -= bytesRead;
    }
  } finally {
    await file.close();
  }
}

/**
 * The response to a download, which is read as fast as its reader reads. If it cannot be completed, it is aborted, so that
 * it does not end like a complete one.
 */
export function download(
  c: Context<WebEnv>,
  { log }: Site,
  pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Response {
  async function* orAbort() {
    try {
      yield* pieces;
    } catch (error) {
      log(`a download was aborted: ${errorText(error)}`);
      c.env.outgoing.destroy();
    }
  }
  return c.body(ReadableStream.from(orAbort()));
}

/** A file's name in a header (RFC 8187). */
export function headerFileName(name: string): string {
  return encodeURIComponent(name.toWellFormed()).replaceAll(
    /[*'()!]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
}
