// The packages that the program uses at run time, as the lock file has them, for a kind of machine: npm fetches them and checks
// them against the lock file. None of their scripts is run, since what is native comes ready-made.
import { cpSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { filesBelow } from "./files.js";
import { run } from "./run.js";

/** What no running program reads. */
const NOT_RUN =
  /\.(?:d\.[cm]?ts|map|md|markdown|ts|cpp|h|gyp|gypi)$|(?:^|\/)(?:\.[^/]+|prebuilds\/(?!linux-)[^/]+\/.*|.*\.musl\.node)$/i;
/** By package: what it only needs for compiling. */
const FOR_COMPILING = { "@photostructure/sqlite": /^(?:src|scripts)\// };
/** Only for compiling. */
const COMPILERS = new Set(["node-addon-api"]);
const LICENCE = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i;

/** @typedef {{ name: string, version: string, licence: string, text: string, files: object[] }} RuntimePackage */

/** The packages for one kind of machine, by name, without those named in `without` and what only they need. */
export function runtimePackages({ tree, scratch }, cpu, without = []) {
  const place = join(scratch, `packages-${cpu}`);
  if (!existsSync(place)) install(tree, place, cpu);
  const found = new Map();
  visit(
    place,
    JSON.parse(readFileSync(join(tree, "package.json"), "utf8")),
    new Set([...without, ...COMPILERS]),
    found,
  );
  return [...found.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** `npm ci` for another machine than this one. */
export function install(from, place, cpu) {
  mkdirSync(place);
  for (const name of ["package.json", "package-lock.json"]) cpSync(join(from, name), join(place, name));
  const machine = ["--os=linux", `--cpu=${cpu}`, "--libc=glibc"];
  run(
    "npm",
    ["ci", "--omit=dev", "--include=optional", "--ignore-scripts", "--no-audit", "--no-fund", ...machine],
    place,
  );
}

function visit(place, manifest, without, found, parent) {
  const { dependencies = {}, optionalDependencies = {} } = manifest;
  for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
    const folder = join(place, "node_modules", name);
    if (without.has(name) || found.has(name) || (name in optionalDependencies && !existsSync(folder))) continue;
    if (existsSync(join(folder, "node_modules"))) throw new Error(`${name} has packages of its own: not provided for`);
    const described = describe(name, folder, parent);
    found.set(name, described);
    visit(place, JSON.parse(readFileSync(join(folder, "package.json"), "utf8")), without, found, described);
  }
}

function describe(name, folder, parent) {
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const all = filesBelow(folder);
  const texts = all.filter(({ path }) => LICENCE.test(path)).map(({ bytes }) => bytes.toString().trim());
  // The binaries of a package for one kind of machine are licensed as that package is.
  const text = texts.length > 0 ? texts.join("\n\n") : parent?.text;
  if (text === undefined) throw new Error(`${name} ${version} comes without the text of its licence`);
  const files = all.filter(
    ({ path }) => LICENCE.test(path) || !(NOT_RUN.test(path) || FOR_COMPILING[name]?.test(path) === true),
  );
  return { name, version, licence: license, text, files };
}

/** The files of packages, as below `node_modules` in the folder `place`. */
export function packageFiles(packages, place) {
  return packages.flatMap(({ name, files }) =>
    files.map((file) => ({ ...file, path: `${place}/node_modules/${name}/${file.path}` })),
  );
}
