// The upload of a directory of small files.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { taken } from "../commands.js";
import { makeTree, sourceText } from "../trees.js";

const FILES = 1000;
const BYTES_A_FILE = 20_000;

export const uploadDirectory = {
  ...scenarioOf(null, 2),
  name: "upload-directory",
  title: `upload of a directory of ${FILES} files of 20 KB`,
  aim: "`tar` into a file",
  limit({ newPath }) {
    const [tree, archive] = [newPath(), newPath()];
    makeTree(tree, { files: FILES, bytes: BYTES_A_FILE });
    const startMs = performance.now();
    spawnSync("tar", ["--format=pax", "-cf", archive, "-C", tree, "."]);
    return { wallMs: performance.now() - startMs };
  },
};

export const uploadDirectoryCompressed = {
  ...scenarioOf("gz", 2.2),
  name: "upload-directory-gz",
  title: `${uploadDirectory.title}, compressed`,
  note: "The files are equal and random: each is found again in the one before, and otherwise nothing can be made smaller.",
  profile: `zlib takes a third of the time (\`deflate_slow\` 24 %, \`longest_match\` 5 %, \`crc32_z\` 3 %, \`fill_window\` 2 % of the
  samples of \`perf\`), and alone 54 to 66 ms for these 22 MB, at any level from 4 to 9.`,
};

export const uploadDirectoryOfText = {
  ...scenarioOf("gz", 2.2, sourceText),
  name: "upload-directory-text",
  title: `upload of a directory of ${FILES} files of 20 KB of source text, compressed`,
  note: "Buildbot's worker compresses at level 9, Buildhand at 5, which makes the archive 1 to 3 % larger.",
  profile: `zlib alone takes 462 to 595 ms for these bytes at level 5, and Python's \`tarfile\` 1258 ms at level 9, with all
  its reading.`,
};

/** @param {"gz" | null} compress @param {number} timesBetter @param {() => Buffer} [textOf] */
function scenarioOf(compress, timesBetter, textOf) {
  return {
    goals: ["wallMs", "cpuMs"].map((figure) => ({ figure, timesBetter })),
    prepare: (worker) =>
      makeTree(join(worker.directory, "tree"), { files: FILES, bytes: BYTES_A_FILE, text: textOf?.() }),
    run: (worker) => uploadTree(worker, "tree", { leastBytes: compress === null ? FILES * BYTES_A_FILE : 1, compress }),
  };
}

/** @param {import("../workers.js").Worker} worker @param {string} name in its directory @param {{ leastBytes: number, compress?: "gz" | null }} options that must arrive */
export async function uploadTree(worker, name, { leastBytes, compress = null }) {
  let arrivedBytes = 0;
  const options = { workdir: "build", workersrc: name, maxsize: null, blocksize: 16_384, compress };
  const handle = worker.attached.writer((block) => {
    arrivedBytes += block.length;
  });
  const figures = await taken(worker, () => worker.run("uploadDirectory", { ...options, ...handle }));
  if (arrivedBytes < leastBytes) throw new Error(`${arrivedBytes} bytes of an archive came for ${leastBytes} in files`);
  return figures;
}
