// A file, either way, over a line with a round trip of 60 ms. The real worker gets a smaller one, or it would take minutes.
import { download, prepareTransfers, upload } from "../transfers.js";

const ROUND_TRIP_MS = 60;
const MIB = 1024 * 1024;

export const uploadDistant = {
  ...scenarioOf(upload, { real: 4, ours: 32 }),
  name: "upload-60ms",
  title: "upload with a round trip of 60 ms",
  goals: [{ figure: "wallMsPerMib", timesBetter: 5 }],
};

export const downloadDistant = {
  ...scenarioOf(download, { real: 0.5, ours: 16 }),
  name: "download-60ms",
  title: "download with a round trip of 60 ms",
  goals: [{ figure: "wallMsPerMib", timesBetter: 30 }],
};

function scenarioOf(transfer, mib) {
  return {
    worker: { roundTripMs: ROUND_TRIP_MS },
    prepare: (worker) => prepareTransfers(worker, mib[worker.kind] * MIB),
    run: async (worker) => ({ wallMsPerMib: (await transfer(worker)).wallMs / mib[worker.kind] }),
  };
}
