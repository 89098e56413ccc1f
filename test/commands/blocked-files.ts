// Makes every call of this process to the file system hang that does not run in its main thread, as one to a server that
// is gone would: all threads of Node's pool open FIFOs that nobody writes to.
import { spawnSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Of Node's pool. */
const THREADS = Number(process.env["UV_THREADPOOL_SIZE"]) || 4;

/** Returns what ends it, and resolves when it has ended. */
export function blockFiles(): () => Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "buildhand-blocked-"));
  const fifo = join(directory, "fifo");
  const { status, error } = spawnSync("mkfifo", [fifo]);
  if (status !== 0) throw new Error("cannot make a FIFO", { cause: error });
  const opening: Promise<FileHandle>[] = Array.from({ length: THREADS }, () => open(fifo, "r"));
  return async () => {
    const writer = openSync(fifo, constants.O_RDWR);
    for (const opened of opening) await (await opened).close();
    closeSync(writer);
    rmSync(directory, { recursive: true });
  };
}
