// A release of Node.js from the npm registry, kept in .cache/. As a program it prints the directory of its `node`, for PATH:
// `PATH=$(node scripts/node-release.js 22.23.3):$PATH npm test`; `oldest` is the oldest release that Buildhand runs on.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The oldest release we promise, and the newest of each line after it. */
export const RELEASES = ["20.19.6", "22.23.3", "24.21.0", "26.10.0"];

const cache = fileURLToPath(new URL("../.cache", import.meta.url));
const nodePackage = `node-${process.platform}-${process.arch}`;

/** The directory that holds the `node` of a release (`22` is the newest 22), which is installed if it is not there yet. */
export function installRelease(version) {
  const folder = join(cache, `node-${version}`);
  const node = join(folder, "node_modules", nodePackage, "bin", "node");
  if (!existsSync(node)) {
    mkdirSync(folder, { recursive: true });
    const words = ["--no-save", "--no-audit", "--no-fund", "--prefix", folder, `${nodePackage}@${version}`];
    // standard output is for the result
    const { status, error } = spawnSync("npm", ["install", ...words], { stdio: ["ignore", 2, 2] });
    if (error !== undefined) throw error;
    if (status !== 0) throw new Error(`npm could not install ${nodePackage}@${version}: it ended with ${status}`);
  }
  return dirname(node);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [wanted] = process.argv.slice(2);
  if (wanted === undefined) {
    console.error("usage: node scripts/node-release.js VERSION|oldest");
    process.exitCode = 1;
  } else {
    console.log(installRelease(wanted === "oldest" ? RELEASES[0] : wanted));
  }
}
