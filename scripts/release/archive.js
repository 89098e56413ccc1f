// A self-contained archive: Node.js and Buildhand, with one program to call, for machines that have neither npm nor Node.js.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { oneFile, textFile } from "./files.js";
import { licenceText } from "./licences.js";
import { install, packageFiles, runtimePackages } from "./packages.js";
import { paperFiles, programFiles } from "./program.js";
import { packFiles } from "./tar.js";

export const ARCHIVE_MACHINES = ["x64", "arm64"];

/** That release of Node.js has SQLite itself. */
const NOT_NEEDED = ["@photostructure/sqlite"];

export async function makeArchive(source, machine) {
  const { tree, version, date } = source;
  const name = `buildhand-${version}-linux-${machine}`;
  const node = nodeRelease(source, machine);
  const packages = runtimePackages(source, machine, NOT_NEEDED);
  const own = readFileSync(join(tree, "LICENSE"), "utf8");
  const files = [
    oneFile(join(tree, "packaging/archive/buildhand"), `${name}/buildhand`),
    { path: `${name}/shims/buildbot-worker`, link: "../buildhand" },
    { path: `${name}/shims/twistd`, link: "../buildhand" },
    { ...oneFile(node.program, `${name}/lib/node`), mode: 0o755 },
    ...programFiles(tree, `${name}/lib`),
    ...packageFiles(packages, `${name}/lib`),
    ...paperFiles(tree, name),
    textFile(`${name}/LICENCES`, licenceText(own, [...packages, node])),
  ];
  return { name: `${name}.tar.gz`, bytes: await packFiles(files, date) };
}

/** Node.js as packaging/node/package-lock.json has it, which npm checks. */
function nodeRelease({ tree, scratch }, machine) {
  const place = join(scratch, `node-${machine}`);
  if (!existsSync(place)) install(join(tree, "packaging/node"), place, machine);
  const folder = join(place, "node_modules", `node-linux-${machine}`);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const text = readFileSync(join(folder, "LICENSE"), "utf8");
  return { name: "Node.js", version, licence: license, text, program: join(folder, "bin", "node") };
}
