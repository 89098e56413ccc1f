// A file on the master that a download reads.
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { countStreamed } from "../../base/engine.ts";
import { masterErrors } from "../errors.ts";
import type { DownloadSource } from "../worker-link.ts";
import { onMaster, placeBelow } from "./below.ts";

/** Does not follow a final symbolic link, and does not block on a FIFO. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Opens it. Rejects with ERR_MASTER_FILE. */
export async function fileSource(root: string, relativePath: string): Promise<DownloadSource> {
  const place = await placeBelow(root, relativePath, false);
  const handle = await onMaster(relativePath, () => open(place, FLAGS));
  if (!(await handle.stat()).isFile()) {
    await handle.close();
    throw masterErrors.masterFile(relativePath, "expected a regular file");
  }
  return {
    read: (lengthBytes) =>
      onMaster(relativePath, async () => {
        const block = Buffer.allocUnsafe(lengthBytes);
        let filled = 0;
        while (filled < lengthBytes) {
          const { bytesRead } = await handle.read(block, filled, lengthBytes - filled, null);
          if (bytesRead === 0) break;
          filled += bytesRead;
        }
        countStreamed(filled);
        return block.subarray(0, filled);
      }),
    close: () => handle.close(),
  };
}
