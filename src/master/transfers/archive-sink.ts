// An upload that is a tar archive and becomes a directory below one of the master: stored and unpacked beside its place, and
// put there when it is whole.
import { randomBytes } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { errorCode } from "../../base/error-code.ts";
import { errors } from "../../base/errors.ts";
import type { UploadSink } from "../worker-link.ts";
import { onMaster, placeBelow } from "./below.ts";
import { type Compression, unpacked } from "./decompression.ts";
import { extract } from "./extract.ts";
import type { SinkLimits } from "./file-sink.ts";
import { nameBeside, PartFile } from "./part-file.ts";

export interface ArchiveOptions extends SinkLimits {
  /** As the upload's argument of that name says. */
  readonly compress?: Compression;
}

/** The limit is for the archive as it comes, and for what is in it. Rejects with ERR_MASTER_FILE. */
export async function archiveSink(
  root: string,
  relativePath: string,
  { limitBytes, compress = null }: ArchiveOptions,
): Promise<UploadSink> {
  const place = await placeBelow(root, relativePath, true);
  const archive = await PartFile.open(place, relativePath, limitBytes);
  const directory = nameBeside(place);
  return {
    write: (block) => archive.write(block),
    async close() {
      throw errors.archive(relativePath, "it was ended like a file");
    },
    async unpack() {
      await onMaster(relativePath, () => mkdir(directory));
      await extract(unpacked(archive.handle, compress, relativePath), directory, { limitBytes, shown: relativePath });
      await onMaster(relativePath, () => putInPlace(directory, place));
      await archive.discard();
    },
    async abandon() {
      await archive.discard();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** What was there before goes when the new one is there. */
async function putInPlace(directory: string, place: string): Promise<void> {
  const old = `${directory}-${randomBytes(4).toString("hex")}`;
  try {
    await rename(place, old);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
  try {
    await rename(directory, place);
  } catch (error) {
    await rename(old, place).catch(() => {}); // there was nothing
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}
