// What `npm run release` makes: always the same bytes, complete, and with all licences.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ARCHIVES, archiveFolder, artifactPath, DEBIAN_PACKAGE, filesBelow, NPM_TARBALL, unpack } from "./artifacts.ts";

let scratch: string;
const unpacked = (name: string) => join(scratch, name);

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "buildhand-artifacts-"));
  for (const name of [NPM_TARBALL, DEBIAN_PACKAGE, ...ARCHIVES]) {
    mkdirSync(unpacked(name));
    unpack(name, unpacked(name));
  }
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test("a release is a tarball, two archives, a Debian package and the checksums of these", () => {
  const names = [NPM_TARBALL, ...ARCHIVES, DEBIAN_PACKAGE];
  expect(readdirSync(artifactPath("")).sort()).toEqual([...names, "SHA256SUMS"].sort());
  const printed = execFileSync("sha256sum", ["--check", "--strict", "SHA256SUMS"], {
    cwd: artifactPath(""),
    encoding: "utf8",
  });
  expect(printed).toBe(names.map((name) => `${name}: OK\n`).join(""));
});

test("the same commit gives the same bytes, in another directory, time zone and umask", () => {
  const other = join(scratch, "again");
  const script = `umask 077 && exec "$0" scripts/release.js "$1"`;
  const environment = { ...process.env, TZ: "Asia/Tokyo", LC_ALL: "C" };
  execFileSync("sh", ["-c", script, process.execPath, other], {
    env: environment,
    stdio: ["ignore", "ignore", "inherit"],
  });
  expect(readFileSync(join(other, "SHA256SUMS"), "utf8")).toBe(readFileSync(artifactPath("SHA256SUMS"), "utf8"));
});

describe.each([NPM_TARBALL, DEBIAN_PACKAGE, ...ARCHIVES])("%s", (name) => {
  test("has the licence of everything in it", () => {
    const files = filesBelow(unpacked(name));
    const licences = files.filter(
      (path) => /\/(?:LICENSE|LICENCES|copyright)$/.test(path) && !path.includes("node_modules"),
    );
    const text = licences.map((path) => readFileSync(path, "utf8")).join("\n");
    expect(text).toContain(readFileSync("LICENSE", "utf8").trim());
    const packages = files.filter((path) => /\/node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/.test(path));
    expect(packages.length > 0).toBe(name !== NPM_TARBALL);
    for (const path of packages) {
      const { name: of, version, license } = JSON.parse(readFileSync(path, "utf8"));
      // In the list, and with its text.
      expect(text).toContain(`\n  ${of} ${version}: ${license}\n`);
      expect(text).toContain(`\n${of} ${version} (${license}):\n\n`);
    }
    if (ARCHIVES.includes(name))
      expect(text).toMatch(/\nNode\.js \d+\.\d+\.\d+ \(MIT\):\n\nNode\.js is licensed for use/);
  });

  test("has the page that each link of its pages leads to", () => {
    const pages = filesBelow(unpacked(name)).filter((path) => path.endsWith(".md"));
    expect(pages.length).toBeGreaterThan(15);
    const broken = pages.flatMap((page) =>
      linksOf(readFileSync(page, "utf8"))
        .filter((link) => !existsSync(join(dirname(page), link)))
        .map((link) => `${relative(unpacked(name), page)}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  test("belongs to root and may be changed by nobody else", () => {
    const list = name.endsWith(".deb") ? ["dpkg-deb", "-c", artifactPath(name)] : ["tar", "-tvzf", artifactPath(name)];
    const [file = "", ...args] = list;
    const lines = execFileSync(file, args, { encoding: "utf8", maxBuffer: 1 << 26 })
      .trim()
      .split("\n");
    const fine = /^(?:-rw-r--r--|-rwxr-xr-x|drwxr-xr-x|lrwxrwxrwx) root\/root /;
    expect(lines.filter((line) => !fine.test(line))).toEqual([]);
  });
});

function linksOf(page: string): readonly string[] {
  const prose = page.replaceAll(/^```.*?^```/gms, "").replaceAll(/`[^`]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = ""]) => link.replace(/#.*/, ""))
    .filter((link) => link !== "" && !/^(?:https?|mailto):/.test(link));
}

test("the archives have a release of Node.js that the tests run on", () => {
  const [, tested = ""] = /RELEASES = \[(.*)\]/.exec(readFileSync("scripts/node-release.js", "utf8")) ?? [];
  for (const machine of ["x64", "arm64"]) {
    const licences = join(unpacked(`${archiveFolder(machine)}.tar.gz`), archiveFolder(machine), "LICENCES");
    const [, version] = /^ {2}Node\.js (\S+):/m.exec(readFileSync(licences, "utf8")) ?? [];
    expect(tested.split(", ")).toContain(`"${version}"`);
  }
});

test("the Debian package has no file of buildbot-worker's, and of each file its checksum", () => {
  const ours = filesBelow(unpacked(DEBIAN_PACKAGE)).map((path) => path.replace(unpacked(DEBIAN_PACKAGE), ""));
  const { stdout } = spawnSync("dpkg", ["--listfiles", "buildbot-worker"], { encoding: "utf8" });
  const theirs = new Set(stdout.split("\n"));
  expect(theirs.has("/usr/bin/buildbot-worker"), "buildbot-worker is installed here").toBe(true);
  expect(ours.filter((path) => theirs.has(path))).toEqual([]);
  const control = join(scratch, "control");
  execFileSync("dpkg-deb", ["-e", artifactPath(DEBIAN_PACKAGE), control]);
  execFileSync("md5sum", ["--check", "--strict", "--quiet", join(control, "md5sums")], {
    cwd: unpacked(DEBIAN_PACKAGE),
  });
});
