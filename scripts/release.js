// Makes what users install, in release/, from the last commit: the npm tarball, an archive with Node.js in it for each kind of
// machine, the Debian package, and their checksums. The same commit gives the same bytes. Needs git, npm and its registry; the
// tools are those that `npm ci` has installed here.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ARCHIVE_MACHINES, makeArchive } from "./release/archive.js";
import { makeDebianPackage } from "./release/debian.js";
import { makeNpmTarball } from "./release/npm.js";
import { run } from "./release/run.js";

const checkout = fileURLToPath(new URL("..", import.meta.url));

/** Puts the artifacts into `target`, which is replaced; gives their names. */
async function release(target) {
  const changes = run("git", ["status", "--porcelain"], checkout).trim();
  if (changes !== "") console.error(`not committed, and so not in the release:\n${changes}`);
  const seconds = Number(process.env.SOURCE_DATE_EPOCH ?? run("git", ["log", "-1", "--format=%ct"], checkout));
  const date = new Date(seconds * 1000);

  const cache = join(checkout, ".cache");
  mkdirSync(cache, { recursive: true });
  const scratch = mkdtempSync(join(cache, "release-"));
  try {
    const tree = join(scratch, "tree");
    exportCommit(tree);
    run(process.execPath, ["scripts/build.js"], tree);
    const { version } = JSON.parse(readFileSync(join(tree, "package.json"), "utf8"));
    const source = { tree, scratch, version, date };

    const artifacts = [
      await makeNpmTarball(source),
      ...(await inTurn(ARCHIVE_MACHINES, (machine) => makeArchive(source, machine))),
      await makeDebianPackage(source),
    ];
    const fresh = join(scratch, "release");
    mkdirSync(fresh);
    for (const { name, bytes } of artifacts) writeFileSync(join(fresh, name), bytes);
    const sums = artifacts.map(({ name, bytes }) => `${createHash("sha256").update(bytes).digest("hex")}  ${name}\n`);
    writeFileSync(join(fresh, "SHA256SUMS"), sums.join(""));
    rmSync(target, { recursive: true, force: true });
    renameSync(fresh, target);
    return artifacts.map(({ name, bytes }) => `${name} (${(bytes.length / 1e6).toFixed(1)} MB)`);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The files of the last commit, with the tools of this checkout beside them. */
function exportCommit(tree) {
  mkdirSync(tree);
  const archive = spawnSync("git", ["archive", "HEAD"], { cwd: checkout, maxBuffer: 1 << 28 });
  if (archive.status !== 0) throw new Error(`git archive: ${archive.stderr.toString()}`);
  run("tar", ["-x"], tree, archive.stdout);
  symlinkSync(join(checkout, "node_modules"), join(tree, "node_modules"));
}

/** One after the other, since each holds a whole archive in memory. */
async function inTurn(values, act) {
  const results = [];
  for (const value of values) results.push(await act(value));
  return results;
}

const [target = join(checkout, "release"), ...more] = process.argv.slice(2);
if (more.length > 0) {
  console.error("usage: npm run release [-- DIRECTORY]");
  process.exitCode = 1;
} else {
  for (const line of await release(resolve(target))) console.log(line);
}
