// An upload that is a tar archive and becomes a directory below one of the master: stored and unpacked beside its place, and
// put there when it is whole.
import { mkdir, rename, rm, rmdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { errorCode } from "../../base/error-code.ts";
import { masterErrors } from "../errors.ts";
import type { UploadSink } from "../worker-link.ts";
import { onMaster, placeBelow } from "./below.ts";
import { extract } from "./extract.ts";
import { PartFile, type UploadLimits } from "./part-file.ts";
import { type NamesBeside, namesBeside } from "./part-names.ts";

/** Of several uploads to one place that end at once, each is there for a moment, and the last one stays. */
const MOST_ATTEMPTS = 100;

/** The limit is for the archive as it comes, and for what is in it. Rejects with ERR_MASTER_FILE. */
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
      throw masterErrors.archive(relativePath, "it was ended like a file");
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

/** What was there before goes when the new one is there; whoever kills us in between finds it in `old`. */
async function putInPlace({ part, old }: NamesBeside, place: string): Promise<void> {
  const kept = join(old, basename(place));
  for (let attempt = 1; ; attempt++) {
    await mkdir(old);
    try {
      await rename(place, kept).catch(unlessThereIsNone);
      await rename(part, place);
      break;
    } catch (error) {
      await rename(kept, place).catch(() => {}); // there was nothing, or another upload has come in between
      if (attempt === MOST_ATTEMPTS || !isTaken(error)) {
        await rmdir(old).catch(() => {}); // what could not be brought back stays
        throw error;
      }
      await rm(old, { recursive: true });
    }
  }
  await rm(old, { recursive: true });
}

function unlessThereIsNone(error: unknown): void {
  if (errorCode(error) !== "ENOENT") throw error;
}

function isTaken(error: unknown): boolean {
  return ["ENOTEMPTY", "EEXIST", "ENOTDIR"].includes(errorCode(error) ?? "");
}
