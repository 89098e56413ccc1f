// How files leave and enter a master's directories: on its disk.
import { archiveSink } from "./transfers/archive-sink.ts";
import { onMaster } from "./transfers/below.ts";
import { fileSink } from "./transfers/file-sink.ts";
import { fileSource } from "./transfers/file-source.ts";
import { removeLeftovers } from "./transfers/leftovers.ts";
import type { Transfers, UploadLimits } from "./transfers.ts";

export const fileTransfers: Transfers = {
  fileSink: (root, path, limits) => fileSink(root, path, bounded(limits)),
  archiveSink: (root, path, limits) => archiveSink(root, path, bounded(limits)),
  fileSource: (root, path) => fileSource(root, path),
  removeLeftovers: (root) => onMaster(root, () => removeLeftovers(root)),
};

function bounded({ limitBytes = Number.POSITIVE_INFINITY }: UploadLimits): { readonly limitBytes: number } {
  return { limitBytes };
}
