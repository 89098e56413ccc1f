// How files leave and enter a master's directories: on its disk.
import { archiveSink, fileSink, fileSource, onMaster, removeLeftovers } from "./transfers/index.ts";
import type { Transfers } from "./transfers.ts";

export const fileTransfers: Transfers = {
  fileSink,
  archiveSink,
  fileSource,
  removeLeftovers: (root) => onMaster(root, () => removeLeftovers(root)),
};
