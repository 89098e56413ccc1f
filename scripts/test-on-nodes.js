// Runs the rings that need no master on several releases of Node.js, two at a time: those named as arguments (`20.19.6`, or
// `22` for the newest 22), else all of scripts/node-release.js, and `--newer` leaves out the oldest of these. The pure rings
// and the long test of PTYs, which releases treat differently, run on each of them; the process ring takes minutes and runs on
// the oldest and the newest, and on any other release that is named. Where few files failed, they run again alone, since tests
// that wait for a shared machine may fail twice; the log names them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { failedFiles } from "./failed-files.js";
import { installRelease, RELEASES } from "./node-release.js";

const AT_ONCE = 2;
const LOG_LINES_SHOWN = 80;
const PURE_RINGS = ["unit", "property"];

const root = fileURLToPath(new URL("..", import.meta.url));
const words = process.argv.slice(2);
const named = words.filter((word) => word !== "--newer");
const versions = named.length > 0 ? named : RELEASES.slice(words.includes("--newer") ? 1 : 0);

await import("./build.js");
if (process.exitCode) process.exit();

// Longest first, so that none of them runs alone at the end.
const legs = versions.map(legOf).toSorted((one, other) => other.rings.length - one.rings.length);
const waiting = [...legs];
async function runWaiting() {
  for (let leg = waiting.shift(); leg !== undefined; leg = waiting.shift()) {
    console.log(`Node.js ${leg.version}: running ${leg.rings.join(", ")} (log: ${leg.log})`);
    const projects = leg.rings.flatMap((ring) => ["--project", ring]);
    await run(leg, projects);
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, runWaiting));
for (const leg of legs.filter(({ passed }) => !passed)) {
  const files = failedFiles(leg.log);
  if (files.length === 0) continue;
  leg.passed = true;
  leg.again = files;
  await run(leg, files);
}
// One after the other, since they measure and write their figures into the same page.
for (const leg of legs) {
  console.log(`Node.js ${leg.version}: running the long test of PTYs`);
  await run(leg, ["--config", "vitest.long.config.ts", "test/long/pty.long.test.ts"]);
}

for (const { version, passed, log, again } of legs) {
  console.log(`\nNode.js ${version}: ${passed ? "ok" : "FAILED"}`);
  if (again !== undefined) console.log(`  | failed beside other runs, and ran again alone: ${again.join(", ")}`);
  const lines = readFileSync(log, "utf8").trimEnd().split("\n");
  const shown = passed ? lines.filter(isOfResult) : lines.slice(-LOG_LINES_SHOWN);
  // Indented, so that nobody takes a line of this run for the result of the run around it.
  for (const line of shown) console.log(`  | ${line}`);
}
process.exitCode = legs.every(({ passed }) => passed) ? 0 : 1;

function legOf(version) {
  const isBetween = RELEASES.slice(1, -1).includes(version);
  const log = join(root, ".cache", `node-${version}.log`);
  rmSync(log, { force: true });
  return {
    version,
    directory: installRelease(version),
    rings: isBetween ? PURE_RINGS : [...PURE_RINGS, "process"],
    log,
    passed: true,
  };
}

async function run(leg, args) {
  const log = openSync(leg.log, "a");
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  const child = spawn(join(leg.directory, "node"), [vitest, "run", ...args], {
    cwd: root,
    stdio: ["ignore", log, log],
    // children that are started as plain `node` run on the same release
    env: { ...process.env, PATH: `${leg.directory}${delimiter}${process.env.PATH}` },
  });
  const [status] = await once(child, "exit");
  closeSync(log);
  leg.passed &&= status === 0;
}

/** What the reporter closes a run with. */
function isOfResult(line) {
  return /^(unit|property|process|long): |^passed only at |^ {2}\w+: |^\d+ passed, /.test(line);
}
