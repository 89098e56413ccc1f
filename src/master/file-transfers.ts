// How files leave and enter a master's directories: on its disk.
import { archiveSink } from "./transfers/archive-sink.ts";
import { onMaster } from "./transfers/below.ts";
import { fileSink } from "./transfers/file-sink.ts";
import { fileSource } from "./transfers/file-source.ts";
import { removeLeftovers } from "./transfers/leftovers.ts";
import type { Transfers } from "./transfers.ts";

export const fileTransfers: Transfers = {
  fileSink,
  archiveSink,
  fileSource,
  removeLeftovers: (root) => onMaster(root, () => removeLeftovers(root)),
};
