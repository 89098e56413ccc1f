// The package as its users get it: packed, and installed by an ordinary user from a mirror.
import { execFile } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PackageMirror, startPackageMirror } from "../support/package-mirror.ts";
import { rareTest } from "../support/sized.ts";
import { INSTALL_TARBALL, PACK } from "./page-commands.ts";

const run = promisify(execFile);

/** Nobody's, on every Linux. */
const UNPRIVILEGED_UID = 65_534;
const PARTS = [
  "bin",
  "dist/completion",
  "dist/man",
  "dist/program",
  "schema",
  "README.md",
  "LICENSE",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "docs",
  "test/vectors/README.md",
  "package.json",
];

let home: string;
let tarball: string;
let mirror: PackageMirror;

// Root would hide what an ordinary user may not do, so it hands npm to somebody else.
const user = process.getuid?.() === 0 ? { uid: UNPRIVILEGED_UID, gid: UNPRIVILEGED_UID } : {};

beforeAll(async () => {
  mirror = await startPackageMirror(resolve("node_modules"));
  home = mkdtempSync(join(tmpdir(), "buildhand-package-"));
  chmodSync(home, 0o755);
  // A copy, which no build replaces meanwhile. The scripts of the package would build.
  const tree = join(home, "tree");
  mkdirSync(tree);
  for (const part of PARTS) cpSync(part, join(tree, part), { recursive: true });
  if (user.uid !== undefined) for (const path of [home, tree]) chownSync(path, user.uid, user.gid);
  // As in a checkout, but with nothing to build: the parts were built.
  cpSync("scripts", join(tree, "scripts"), { recursive: true });
  await run("sh", ["-c", PACK], { ...user, cwd: tree, env: environment() });
  rmSync(join(tree, "scripts"), { recursive: true });
  const name = readdirSync(tree).find((entry) => entry.endsWith(".tgz")) ?? "missing";
  tarball = join(home, name);
  renameSync(join(tree, name), tarball);
});
afterAll(async () => {
  rmSync(home, { recursive: true });
  await mirror.close();
});

/** Nothing but the mirror is asked for anything. */
function environment(): NodeJS.ProcessEnv {
  return {
    HOME: home,
    PATH: `${dirname(process.execPath)}${delimiter}/usr/local/bin${delimiter}/usr/bin${delimiter}/bin`,
    npm_config_cache: join(home, "cache"),
    npm_config_registry: mirror.url,
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_update_notifier: "false",
  };
}

function filesBelow(path: string): readonly string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

test("the tarball holds the program, its papers and nothing else", async () => {
  const { stdout } = await run("tar", ["-tzf", tarball]);
  const packed = stdout.trim().split("\n");
  const tree = join(home, "tree");
  const expected = filesBelow(tree).map((path) => path.replace(tree, "package"));
  expect(packed.sort()).toEqual([...expected].sort());
  expect(new Set(packed.map((path) => path.split("/")[1]))).toEqual(new Set(PARTS.map((path) => path.split("/")[0])));
  expect(packed).toContain("package/dist/program/static/page.css");
});

const INSTALLED = "an ordinary user installs it with what it depends on and its manual, and it runs under both names";
rareTest(INSTALLED, 180_000, async () => {
  const prefix = join(home, "prefix");
  const options = { ...user, cwd: home, env: environment() };
  await run("sh", ["-c", INSTALL_TARBALL], { ...options, env: { ...environment(), npm_config_prefix: prefix } });
  const { version, dependencies } = JSON.parse(readFileSync("package.json", "utf8"));
  const installed = join(prefix, "lib", "node_modules", "buildhand", "node_modules");
  for (const name of Object.keys(dependencies)) expect(existsSync(join(installed, name)), name).toBe(true);
  expect(existsSync(join(prefix, "share", "man", "man1", "buildhand-start.1"))).toBe(true);
  const buildhand = join(prefix, "bin", "buildhand");
  const { stdout, stderr } = await run(buildhand, ["--version"], options);
  expect(stdout).toBe(`worker version: ${version}\nNode.js version: ${process.versions.node}\n`);
  expect(stderr).toBe("");
  await run("ln", ["-s", "buildhand", join(prefix, "bin", "buildbot-worker")], options);
  const help = await run(join(prefix, "bin", "buildbot-worker"), ["start", "--help"], options);
  expect(help.stdout).toMatch(/^Usage: buildbot-worker start /);
});
