// The files of Buildhand itself, as the archives and the Debian package have them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { oneFile, textFile } from "./files.js";
import { packedPaths } from "./npm.js";

const PROGRAM = /^(?:bin|dist|schema)\//;

/** The program below `place`, with `bin/buildbot-worker` beside it: it answers to either name. */
export function programFiles(tree, place) {
  const { name, version, type, license } = JSON.parse(readFileSync(join(tree, "package.json"), "utf8"));
  return [
    textFile(`${place}/package.json`, `${JSON.stringify({ name, version, type, license }, null, 2)}\n`),
    { path: `${place}/bin/buildbot-worker`, link: "buildhand.js" },
    ...packedFiles(tree, place, (path) => PROGRAM.test(path)),
  ];
}

/** README and all that it leads to, below `place`. */
export function paperFiles(tree, place) {
  return packedFiles(tree, place, (path) => !PROGRAM.test(path) && path !== "package.json");
}

function packedFiles(tree, place, isWanted) {
  return packedPaths(tree)
    .filter(isWanted)
    .map((path) => oneFile(join(tree, path), `${place}/${path}`));
}
