// Whether ten times the work costs more than ten times as much.
import { join } from "node:path";
import { flood, printing } from "../floods.js";
import { makeTree } from "../trees.js";
import { builderNames, runOnAll } from "./fan-out.js";
import { uploadTree } from "./upload-directory.js";

const TIMES = 10;
const BYTES = 50_000_000;
const FILES = 200;
const BYTES_A_FILE = 1000;
const FEW_BUILDERS = builderNames(50);
const MANY_BUILDERS = builderNames(50 * TIMES);

export const growth = {
  name: "growth",
  title: "ten times the work",
  note: "The cost of a tenth of the work is the mean of ten runs, since a run may collect the garbage of an earlier one.",
  goals: ["outputTimes", "buildersTimes", "filesTimes"].map((figure) => ({ figure, most: 11 })),
  kinds: ["ours"],
  worker: { builders: MANY_BUILDERS },
  warmUps: 3,
  async prepare(worker) {
    makeTree(join(worker.directory, "few"), { files: FILES, bytes: BYTES_A_FILE });
    makeTree(join(worker.directory, "many"), { files: FILES * TIMES, bytes: BYTES_A_FILE });
  },
  run: async (worker) => ({
    outputTimes: await times((factor) => print(worker, BYTES * factor)),
    buildersTimes: await times((factor) => runOnAll(worker, factor === 1 ? FEW_BUILDERS : MANY_BUILDERS, 1)),
    filesTimes: await times((factor) => uploadOf(worker, factor === 1 ? "few" : "many", FILES * factor)),
  }),
};

async function times(work) {
  let cpuMs = 0;
  for (let n = 0; n < TIMES; n += 1) cpuMs += (await work(1)).cpuMs;
  return (await work(TIMES)).cpuMs / (cpuMs / TIMES);
}

function print(worker, bytes) {
  return flood(worker, printing("x".repeat(79), bytes), { stdout: bytes });
}

function uploadOf(worker, name, count) {
  return uploadTree(worker, name, { leastBytes: count * BYTES_A_FILE });
}
