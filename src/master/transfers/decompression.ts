// The bytes of a tar archive out of the file it was uploaded in: gzip is undone in this process, bzip2 by the program, since
// Node.js has none.
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { FileHandle } from "node:fs/promises";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { errorText, WorkerError } from "../../base/errors.ts";
import { masterErrors } from "../errors.ts";

export type Compression = "gz" | "bz2" | null;

const BZIP2 = "bzip2";

/** Throws ERR_ARCHIVE for what is not compressed like that. */
export async function* unpacked(
  archive: FileHandle,
  compression: Compression,
  shown: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    if (compression === "bz2") yield* bunzipped(archive, shown);
    else if (compression === "gz") yield* gunzipped(stored(archive));
    else yield* stored(archive);
  } catch (error) {
    throw error instanceof WorkerError ? error : masterErrors.archive.from(error, shown, errorText(error));
  }
}

/** From the beginning. */
function stored(archive: FileHandle): Readable {
  return archive.createReadStream({ start: 0, autoClose: false });
}

async function* gunzipped(source: Readable): AsyncGenerator<Uint8Array, void, undefined> {
  const gunzip = createGunzip();
  source.on("error", (error) => gunzip.destroy(error));
  source.pipe(gunzip);
  try {
    yield* gunzip;
  } finally {
    source.destroy();
    gunzip.destroy();
  }
}

async function* bunzipped(archive: FileHandle, shown: string): AsyncGenerator<Uint8Array, void, undefined> {
  const child = spawn(BZIP2, ["-dc"], { stdio: ["pipe", "pipe", "ignore"] });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  exited.catch(() => {}); // asked for below
  const source = stored(archive);
  child.stdin.on("error", () => source.destroy()); // it has ended, and its status says why
  source.on("error", () => child.kill("SIGKILL"));
  source.pipe(child.stdin);
  try {
    yield* child.stdout;
    const code = await exited;
    if (code !== 0) throw masterErrors.archive(shown, `${BZIP2} cannot read it (${code ?? "killed"})`);
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    throw isMissing
      ? masterErrors.archive.from(error, shown, `there is no program ${BZIP2} on the master's host`)
      : error;
  } finally {
    source.destroy();
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "close");
    }
  }
}
