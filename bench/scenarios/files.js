// The commands on files that steps between builds are made of.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { taken } from "../commands.js";
import { makeTree } from "../trees.js";

const FILES = 500;
const STATS = 100;

export const files = {
  name: "files",
  title: `${STATS} × stat, and glob, cpdir, listdir and rmdir of ${FILES} files`,
  aim: "`cp -R` and `rm -r`",
  prepare: (worker) => makeTree(join(worker.directory, "tree"), { files: FILES, bytes: 1000 }),
  goals: [
    { figure: "wallMs", timesBetter: 2 },
    { figure: "cpuMs", timesBetter: 1 },
  ],
  profile: `\`writev\`, one for each answer, takes 40 % of the main thread's time, the garbage collector 15 %, starting \`cp\` and
  \`rm\` 8 %.`,
  warmUps: 3,
  run: (worker) => taken(worker, () => workOnFiles(worker)),
  limit({ newPath }) {
    const [from, to] = [newPath(), newPath()];
    makeTree(from, { files: FILES, bytes: 1000 });
    const startMs = performance.now();
    spawnSync("cp", ["-R", from, to]);
    spawnSync("rm", ["-r", to]);
    return { wallMs: performance.now() - startMs };
  },
};

async function workOnFiles(worker) {
  const options = { timeout: 60, logEnviron: false };
  for (let n = 0; n < STATS; n += 1) await worker.run("stat", { file: "build/tree/d0/f0", workdir: "" });
  await worker.run("glob", { path: "build/tree/**/f*" });
  await worker.run("cpdir", { fromdir: "build/tree", todir: "build/copy", ...options });
  await worker.run("listdir", { dir: "build/copy" });
  await worker.run("rmdir", { dir: "build/copy", ...options });
}
