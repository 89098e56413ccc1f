// An upload that becomes a file on the master: written next to its destination, and renamed to it when complete.
import { rename } from "node:fs/promises";
import type { UploadSink } from "../worker-link.ts";
import { onMaster, placeBelow } from "./below.ts";
import { PartFile, type UploadLimits } from "./part-file.ts";

/** Creates missing directories. Rejects with ERR_MASTER_FILE. */
export async function fileSink(root: string, relativePath: string, { limitBytes }: UploadLimits): Promise<UploadSink> {
  const place = await placeBelow(root, relativePath, true);
  const part = await PartFile.open(place, relativePath, limitBytes);
  return {
    write: (block) => part.write(block),
    utime: (accessed, modified) => onMaster(relativePath, () => part.handle.utimes(accessed, modified)),
    close: () =>
      onMaster(relativePath, async () => {
        await part.handle.datasync();
        await part.handle.close();
        await rename(part.path, place);
      }),
    abandon: () => part.discard(),
  };
}
