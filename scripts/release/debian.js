// The Debian package: for any machine that Debian's Node.js runs on, with the native parts for those that have them ready-made.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ARCHIVE_MACHINES } from "./archive.js";
import { filesBelow, oneFile, textFile } from "./files.js";
import { licenceText } from "./licences.js";
import { packageFiles, runtimePackages } from "./packages.js";
import { paperFiles, programFiles } from "./program.js";
import { run } from "./run.js";
import { packFiles } from "./tar.js";

const LIBRARY = "usr/lib/buildhand";
const PAPERS = "usr/share/doc/buildhand";
/** Where Debian's shells and `man` look for what lies in dist/. */
const INTEGRATION = [
  [/^dist\/man\/(.*)$/, (name) => `usr/share/man/man1/${name}.gz`],
  [/^dist\/completion\/buildhand\.bash$/, () => "usr/share/bash-completion/completions/buildhand"],
  [/^dist\/completion\/buildhand\.fish$/, () => "usr/share/fish/vendor_completions.d/buildhand.fish"],
  [/^dist\/completion\/buildhand\.zsh$/, () => "usr/share/zsh/vendor-completions/_buildhand"],
];
/** Manual pages are in one place only. */
const MANUAL = /^usr\/lib\/buildhand\/dist\/man\//;
const SCRIPTS = ["postinst", "prerm", "postrm"];
const AR_MAGIC = "!<arch>\n";

export async function makeDebianPackage(source) {
  const { tree, version, date } = source;
  const data = dataFiles(source);
  const kibibytes = data.reduce((sum, { bytes }) => sum + Math.ceil((bytes?.length ?? 0) / 1024), 0);
  const control = readFileSync(join(tree, "packaging/debian/control"), "utf8")
    .replace("@VERSION@", version)
    .replace("@INSTALLED_SIZE@", String(kibibytes));
  const sums = data
    .filter(({ bytes }) => bytes !== undefined)
    .map(({ path, bytes }) => `${createHash("md5").update(bytes).digest("hex")}  ${path}\n`)
    .sort((one, other) => (one.slice(34) < other.slice(34) ? -1 : 1));
  const controlFiles = [
    textFile("control", control),
    textFile("md5sums", sums.join("")),
    ...SCRIPTS.map((name) => ({ ...oneFile(join(tree, "packaging/debian", name), name), mode: 0o755 })),
  ];
  const members = [
    ["debian-binary", Buffer.from("2.0\n")],
    ["control.tar.gz", await packFiles(controlFiles, date, "./")],
    ["data.tar.gz", await packFiles(data, date, "./")],
  ];
  return { name: `buildhand_${version}_all.deb`, bytes: arArchive(members, date) };
}

function dataFiles(source) {
  const { tree } = source;
  const packages = new Map();
  for (const cpu of ARCHIVE_MACHINES) {
    for (const found of runtimePackages(source, cpu)) packages.set(found.name, found);
  }
  const all = [...packages.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  const program = programFiles(tree, LIBRARY);
  const papers = paperFiles(tree, PAPERS);
  const isChangelog = ({ path }) => path === `${PAPERS}/CHANGELOG.md`;
  const licence = licenceText(readFileSync(join(tree, "LICENSE"), "utf8"), all);
  return [
    { path: "usr/bin/buildhand", link: "../lib/buildhand/bin/buildhand.js" },
    ...shims(source),
    ...program.filter(({ path }) => !MANUAL.test(path)).map(onDebiansNode),
    ...packageFiles(all, LIBRARY),
    oneFile(join(tree, "packaging/debian/buildhand@.service"), "usr/lib/systemd/system/buildhand@.service"),
    ...integrationFiles(program),
    ...papers,
    ...papers.filter(isChangelog).map((file) => compressed({ ...file, path: `${PAPERS}/changelog.gz` })),
    textFile(`${PAPERS}/copyright`, licence),
  ];
}

/** As `buildhand shims` writes them for the installed program, which by that name speaks of itself as buildbot-worker. */
function shims({ tree, scratch }) {
  const place = join(scratch, "shims");
  const target = ["--node=/usr/bin/node", `--program=/${LIBRARY}/bin/buildbot-worker`];
  run(process.execPath, [join(tree, "bin/buildhand.js"), "shims", ...target, place], tree);
  return filesBelow(place, `${LIBRARY}/shims`);
}

/** Copies of the program's files in the places of INTEGRATION. */
function integrationFiles(files) {
  return files.flatMap((file) => {
    const path = file.path.slice(LIBRARY.length + 1);
    const [pattern, place] = INTEGRATION.find(([candidate]) => candidate.test(path)) ?? [];
    if (pattern === undefined) return [];
    const copy = { ...file, path: place(pattern.exec(path)[1]) };
    return [copy.path.endsWith(".gz") ? compressed(copy) : copy];
  });
}

function compressed(file) {
  return { ...file, bytes: gzipSync(file.bytes, { level: 9 }) };
}

/** Whatever `node` the PATH of a user has: the package depends on this one. */
function onDebiansNode(file) {
  if (!file.path.endsWith("bin/buildhand.js")) return file;
  const text = file.bytes.toString().replace(/^#!.*/, "#!/usr/bin/node");
  return { ...file, mode: 0o755, bytes: Buffer.from(text) };
}

/** The format of `ar`, as dpkg reads it. */
function arArchive(members, date) {
  const seconds = String(date.getTime() / 1000);
  const parts = members.flatMap(([name, bytes]) => {
    const header = `${name.padEnd(16)}${seconds.padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"100644".padEnd(8)}${String(
      bytes.length,
    ).padEnd(10)}\`\n`;
    return [Buffer.from(header), bytes, ...(bytes.length % 2 === 1 ? [Buffer.from("\n")] : [])];
  });
  return Buffer.concat([Buffer.from(AR_MAGIC), ...parts]);
}
