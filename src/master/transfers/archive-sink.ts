// An upload that is a tar archive and becomes a directory on the master: stored and unpacked next to its destination,
// and renamed to it when complete.
import { mkdir, rename, rm, rmdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { errorCode } from "../../base/error-code.ts";
import { masterErrors } from "../errors.ts";
import type { UploadSink } from "../worker-link.ts";
import { onMaster, placeBelow } from "./below.ts";
import { extract } from "./extract.ts";
import { PartFile, type UploadLimits } from "./part-file.ts";
import { type NamesBeside, namesBeside } from "./part-names.ts";

/** Attempts to rename, since several uploads to one destination may end at the same time; the last one wins. */
const MAX_ATTEMPTS = 100;

/** The limit applies to the archive and to its unpacked content. Rejects with ERR_MASTER_FILE. */
export async function archiveSink(
  root: string,
  relativePath: string,
  { limitBytes }: UploadLimits,
): Promise<UploadSink> {
  const place = await placeBelow(root, relativePath, true);
  const archive = await PartFile.open(place, relativePath, limitBytes);
  const names = namesBeside(place);
  const directory = names.part;
  return {
    write: (block) => archive.write(block),
    async close() {
      throw masterErrors.archive(relativePath, "it was closed like a file");
    },
    async unpack(signal) {
      await onMaster(relativePath, () => mkdir(directory));
      const options = { limitBytes, shown: relativePath, signal };
      await extract(archive.handle.createReadStream({ start: 0, autoClose: false }), directory, options);
      await onMaster(relativePath, () => putInPlace(names, place));
      await archive.discard();
    },
    async abandon() {
      await archive.discard();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Keeps the previous directory in `old` until the new one is in place, so a kill in between loses nothing. */
async function putInPlace({ part, old }: NamesBeside, place: string): Promise<void> {
  const kept = join(old, basename(place));
  for (let attempt = 1; ; attempt++) {
    await mkdir(old);
    try {
      await rename(place, kept).catch(ignoreMissing);
      await rename(part, place);
      break;
    } catch (error) {
      await rename(kept, place).catch(() => {}); // there was none, or another upload came first
      if (attempt === MAX_ATTEMPTS || !isTaken(error)) {
        await rmdir(old).catch(() => {}); // not empty if it could not be restored
        throw error;
      }
      await rm(old, { recursive: true });
    }
  }
  await rm(old, { recursive: true });
}

function ignoreMissing(error: unknown): void {
  if (errorCode(error) !== "ENOENT") throw error;
}

function isTaken(error: unknown): boolean {
  return ["ENOTEMPTY", "EEXIST", "ENOTDIR"].includes(errorCode(error) ?? "");
}
