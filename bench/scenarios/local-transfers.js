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
