// Runs the rings that need no master, and the long test of PTYs, which releases treat differently, on several releases of
// Node.js: those named as arguments (`20.19.6`, or `22` for the newest 22), else the oldest we promise and the lines after
// it. Each comes from the npm registry into .cache/.
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const DEFAULT_VERSIONS = ["20.19.6", "22.23.3", "24.21.0", "26.10.0"];
const RINGS = ["unit", "property", "process"];
/** Each is a run of vitest, whose last lines are as many as it has rings, and one more. */
const RUNS = [
  { rings: RINGS, args: RINGS.flatMap((ring) => ["--project", ring]) },
  { rings: ["PTY"], args: ["--config", "vitest.long.config.ts", "test/long/pty.long.test.ts"] },
];
const ALL = RUNS.flatMap(({ rings }) => rings).join(", ");
const LOG_LINES_SHOWN = 80;

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const nodePackage = `node-${process.platform}-${process.arch}`;
const versions = process.argv.length > 2 ? process.argv.slice(2) : DEFAULT_VERSIONS;

run(process.execPath, [join(root, "scripts", "build.js")]);
const results = versions.map((wanted) => testOn(wanted, install(wanted)));

console.log(`\nNode.js    result  ${ALL}`);
for (const { version, passed, counts } of results) {
  console.log(`${version.padEnd(10)} ${passed ? "ok    " : "FAILED"}  ${counts}`);
}
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;

/** The path of a `node` of the wanted release, installed when it is not there yet. */
function install(wanted) {
  const folder = join(root, ".cache", `node-${wanted}`);
  const node = join(folder, "node_modules", nodePackage, "bin", "node");
  if (!existsSync(node)) {
    mkdirSync(folder, { recursive: true });
    run("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--prefix", folder, `${nodePackage}@${wanted}`]);
  }
  return node;
}

function testOn(wanted, node) {
  const version = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout?.trim().replace(/^v/, "") || wanted;
  console.log(`Node.js ${version}: running ${ALL} (log: ${logPath(wanted)})`);
  rmSync(logPath(wanted), { force: true });
  const results = RUNS.map((tests) => runTests(tests, { node, path: logPath(wanted) }));
  return {
    version,
    passed: results.every(({ passed }) => passed),
    counts: results.map(({ counts }) => counts).join("; "),
  };
}

function logPath(wanted) {
  return join(root, ".cache", `node-${wanted}.log`);
}

function runTests({ rings, args }, { node, path }) {
  const log = openSync(path, "a");
  const { status } = spawnSync(node, [join(root, "node_modules", "vitest", "vitest.mjs"), "run", ...args], {
    cwd: root,
    stdio: ["ignore", log, log],
    // children that are started as plain `node` run on the same release
    env: { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` },
  });
  closeSync(log);
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  const passed = status === 0;
  // indented, so that nobody takes a line of this log for the result of the run around it
  if (!passed)
    console.log(
      lines
        .slice(-LOG_LINES_SHOWN)
        .map((line) => `  | ${line}`)
        .join("\n"),
    );
  return { passed, counts: passed ? lines.slice(-rings.length - 1).join("; ") : `exit status ${status}` };
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
