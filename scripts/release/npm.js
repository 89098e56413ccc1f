// The tarball for `npm install`.
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { filesBelow } from "./files.js";
import { run } from "./run.js";
import { packFiles } from "./tar.js";

/** Parts of package.json. */
const FOR_A_CHECKOUT = ["scripts", "devDependencies", "allowScripts"];

/** What npm would pack, but for what only a checkout needs of package.json: npm warns of scripts that it does not run. */
export async function makeNpmTarball({ tree, scratch, version, date }) {
  const staged = join(scratch, "npm");
  for (const path of packedPaths(tree)) cpSync(join(tree, path), join(staged, path));
  const manifest = JSON.parse(readFileSync(join(tree, "package.json"), "utf8"));
  for (const key of FOR_A_CHECKOUT) delete manifest[key];
  writeFileSync(join(staged, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  return { name: `buildhand-${version}.tgz`, bytes: await packFiles(filesBelow(staged, "package"), date) };
}

/** The paths of the package's files in `tree`. */
export function packedPaths(tree) {
  const words = ["pack", "--dry-run", "--json", "--ignore-scripts", "--loglevel=error"];
  const [packed] = JSON.parse(run("npm", words, tree));
  return packed.files.map(({ path }) => path);
}
