// Compresses an archive: gzip in this process, bzip2 in a child, since Node.js has none.
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { countStreamed } from "../../base/engine.ts";
import { errorText } from "../../base/errors.ts";
import { commandsErrors } from "../errors.ts";
import { inPieces } from "./chunked-bytes.ts";

const BZIP2 = "bzip2";
/** Joins chunks, which would each cost a trip through Node's thread pool. */
const PIECE_BYTES = 256 * 1024;
const COMPRESSED_PIECE_BYTES = 64 * 1024;
/** A quarter less CPU time than at the default, 6, for archives that are 1 % larger. */
const GZIP_LEVEL = 5;
/** Bytes of bzip2's error message that are kept. */
const MESSAGE_BYTES = 1000;

type Chunks = AsyncGenerator<Uint8Array, void, undefined>;

/** Throws what `chunks` throws. */
export async function* gzip(chunks: AsyncIterable<Uint8Array>): Chunks {
  const { createGzip } = await import("node:zlib");
  const compressor = createGzip({ level: GZIP_LEVEL, chunkSize: COMPRESSED_PIECE_BYTES });
  const fed = feed(chunks, compressor).catch(() => {}); // reading from the compressor throws the same
  try {
    yield* compressor;
  } finally {
    compressor.destroy();
    await fed;
  }
}

/** Throws what `chunks` throws, and ERR_COMPRESSION when there is no bzip2 or it fails. */
export async function* bzip2(
  chunks: AsyncIterable<Uint8Array>,
  environment: Readonly<Record<string, string | undefined>>,
): Chunks {
  const child = await startBzip2(environment);
  const ended = once(child, "close");
  const message = firstBytes(child.stderr);
  const feeding = feed(chunks, child.stdin);
  feeding.catch(() => {}); // it is awaited below, unless the caller stops early
  try {
    yield* child.stdout;
    const [code, signal] = await ended;
    // Otherwise, a truncated archive would look complete.
    if (code === 0) return await feeding;
    throw commandsErrors.compression(BZIP2, (await message) || `it ended with ${code ?? signal}`);
  } finally {
    child.stdin.destroy();
    child.kill("SIGKILL");
    await Promise.all([ended, feeding.catch(() => {})]); // the result does not matter
  }
}

async function feed(chunks: AsyncIterable<Uint8Array>, compressor: Writable): Promise<void> {
  await pipeline(counted(inPieces(chunks, PIECE_BYTES)), compressor);
}

async function* counted(pieces: Chunks): Chunks {
  for await (const piece of pieces) {
    countStreamed(piece.length);
    yield piece;
  }
}

async function startBzip2(
  env: Readonly<Record<string, string | undefined>>,
): Promise<ChildProcessByStdio<Writable, Readable, Readable>> {
  const child = spawn(BZIP2, ["-c"], { env, stdio: ["pipe", "pipe", "pipe"] });
  try {
    await once(child, "spawn");
    return child;
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const reason = missing ? "it is not installed; install it or use compress='gz'" : errorText(error);
    throw commandsErrors.compression.from(error, BZIP2, reason);
  }
}

async function firstBytes(stream: Readable): Promise<string> {
  let text = "";
  for await (const chunk of stream) if (text.length < MESSAGE_BYTES) text += String(chunk);
  return text.slice(0, MESSAGE_BYTES).trim();
}
