// The upload of a directory of small files.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { taken } from "../commands.js";
import { makeTree } from "../trees.js";

const FILES = 1000;
const BYTES_A_FILE = 20_000;

export const uploadDirectory = {
  name: "upload-directory",
  title: `upload of a directory of ${FILES} files of 20 KB`,
  aim: "`tar` into a file",
  prepare: (worker) => makeTree(join(worker.directory, "tree"), { files: FILES, bytes: BYTES_A_FILE }),
  run: (worker) => uploadTree(worker, "tree", FILES * BYTES_A_FILE),
  limit({ newPath }) {
    const [tree, archive] = [newPath(), newPath()];
    makeTree(tree, { files: FILES, bytes: BYTES_A_FILE });
    const startMs = performance.now();
    spawnSync("tar", ["--format=pax", "-cf", archive, "-C", tree, "."]);
    return { wallMs: performance.now() - startMs };
  },
};

/** @param {import("../workers.js").Worker} worker @param {string} name in its directory @param {number} leastBytes of its files */
export async function uploadTree(worker, name, leastBytes) {
  let arrivedBytes = 0;
  const options = { workdir: "build", workersrc: name, maxsize: null, blocksize: 16_384, compress: null };
  const handle = worker.attached.writer((block) => {
    arrivedBytes += block.length;
  });
  const figures = await taken(worker, () => worker.run("uploadDirectory", { ...options, ...handle }));
  if (arrivedBytes < leastBytes) throw new Error(`${arrivedBytes} bytes of an archive came for ${leastBytes} in files`);
  return figures;
}
