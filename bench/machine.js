// On what a run was made: the machine, its load, and the versions of all that took part.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statfsSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, tmpdir, totalmem } from "node:os";

const GIB = 1024 ** 3;

const MEMORY = "/dev/shm";
/** Of statfs(2). */
const TMPFS = 0x0102_1994;
/** In the first line of /proc/stat, counted from the time of user programs. */
const STOLEN = 7;

/** Above half a CPU of other work, a program that uses one and a half CPUs slows down. */
export const QUIET_LOAD = 0.5;

/** @typedef {Readonly<Record<"date" | "buildhand" | "node" | "buildbotWorker" | "processor" | "memory" | "kernel" | "loadBefore", string>> & { readonly files?: string, readonly stolenPart?: number }} Machine files: where those of the run are; stolenPart: of the processors, by others on the host of a virtual machine. */

/** @returns {Machine} */
export function describeMachine() {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return {
    date: new Date().toISOString().slice(0, 10),
    buildhand: version,
    node: process.version,
    buildbotWorker: realVersions(),
    processor: `${availableParallelism()} × ${cpus()[0]?.model.trim() || "unnamed"}`,
    memory: `${Math.round(totalmem() / GIB)} GiB`,
    kernel: `Linux ${release().split("-")[0]}`,
    loadBefore: loadavg()[0].toFixed(1),
  };
}

/** Call at the start; the result tells which part of the processors' time was stolen since then. */
export function watchStolenPart() {
  const before = processorTicks();
  return () => {
    const ticks = processorTicks().map((now, n) => now - before[n]);
    return ticks[STOLEN] / ticks.reduce((sum, one) => sum + one, 0);
  };
}

/** Of the files of a run: in memory, since a disk's speed varies more than what is measured. */
export function placeOfFiles() {
  return existsSync(MEMORY) && statfsSync(MEMORY).type === TMPFS ? MEMORY : tmpdir();
}

/** Whether figures of this run can be judged. @param {Pick<Machine, "loadBefore">} machine */
export function isQuiet({ loadBefore }) {
  return Number(loadBefore) <= QUIET_LOAD;
}

/** On a line, for people. @param {Machine} machine */
export function shownMachine(machine) {
  const { buildhand, node, buildbotWorker, processor, memory, kernel, files } = machine;
  const place = files === undefined ? "" : `; files on ${files}`;
  return `Buildhand ${buildhand} on Node.js ${node}; Buildbot's worker: ${buildbotWorker}; ${processor}, ${memory}, ${kernel}${place}`;
}

/** A sentence about other work. @param {Pick<Machine, "loadBefore" | "stolenPart">} machine */
export function loadText(machine) {
  const { loadBefore, stolenPart } = machine;
  const stolen =
    stolenPart === undefined
      ? ""
      : ` Other machines of its host took ${Math.round(stolenPart * 100)} % of its processors meanwhile.`;
  if (isQuiet(machine)) return `The load average before was ${loadBefore}.${stolen}`;
  return `The machine was not idle: the load average before was ${loadBefore}, so compare the ratios, not the absolute figures.${stolen}`;
}

function processorTicks() {
  const [line = ""] = readFileSync("/proc/stat", "latin1").split("\n");
  return line
    .split(/ +/)
    .slice(1, STOLEN + 2)
    .map(Number);
}

/** Of the worker, its Twisted and its Python. */
function realVersions() {
  const { stdout } = spawnSync("/usr/bin/buildbot-worker", ["--version"], { encoding: "utf8" });
  const python = spawnSync("/usr/bin/python3", ["--version"], { encoding: "utf8" }).stdout;
  const lines = [...(stdout ?? "").trim().split("\n"), (python ?? "").trim()];
  return stdout
    ? lines.map((line) => line.replace(/ version:|^Buildbot-worker: |^Worker version: /g, "")).join(", ")
    : "not installed";
}
