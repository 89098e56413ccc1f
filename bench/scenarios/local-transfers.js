// A large file, either way, between a master and a worker on the same host.
import { spawnSync } from "node:child_process";
import { download, prepareTransfers, upload } from "../transfers.js";
import { makeFile } from "../trees.js";

const BYTES = 200_000_000;

const scenario = { aim: "`cp`", prepare: (worker) => prepareTransfers(worker, BYTES), limit: copy };

export const uploadLocal = {
  ...scenario,
  name: "upload",
  title: "upload of 200 MB",
  profile: `40 % of the samples that \`perf\` took are in the kernel, which reads the file and writes into the socket; of the
  rest, the garbage collector takes 15 % and the check that a block is text, not bytes, 5 %.`,
  goals: [
    { figure: "wallMs", timesBetter: 1.5 },
    { figure: "cpuMs", timesBetter: 2 },
  ],
  run: upload,
};

export const downloadLocal = {
  ...scenario,
  name: "download",
  title: "download of 200 MB",
  profile: `Half of the main thread's time is \`write\` into the file, in the kernel, and the garbage collector takes 11 %: the same
  bytes as \`cp\` writes.`,
  goals: [
    { figure: "wallMs", timesBetter: 2 },
    { figure: "cpuMs", timesBetter: 6 },
  ],
  run: download,
};

function copy({ newPath }) {
  const [from, to] = [newPath(), newPath()];
  makeFile(from, BYTES);
  const startMs = performance.now();
  spawnSync("cp", [from, to]);
  const wallMs = performance.now() - startMs;
  spawnSync("rm", [from, to]);
  return { wallMs };
}
