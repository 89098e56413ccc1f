// Arguments of shell commands, and what the commands themselves take of the processor, which is no worker's doing.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpuMs } from "./processes.js";

const COUNTED_COMMANDS = 400;

/** As far as masters must send them. @param {string} directory @param {string | readonly string[]} command */
export function shellArguments(directory, command) {
  return {
    workdir: directory,
    command,
    env: null,
    want_stdout: true,
    want_stderr: true,
    logEnviron: false,
    timeout: 600,
  };
}

/**
 * Runs `work` and returns what the worker took for it. What the commands of `work` take themselves must be known, or
 * subtracted afterwards; see `withTimes`.
 * @param {import("./workers.js").Worker} worker @param {() => Promise<unknown>} work @param {number} [commandsCpuMs]
 */
export async function taken(worker, work, commandsCpuMs = 0) {
  const cpuBeforeMs = cpuMs(worker.pid);
  const startMs = performance.now();
  await work();
  const wallMs = performance.now() - startMs;
  return { wallMs, cpuMs: cpuMs(worker.pid) - cpuBeforeMs - commandsCpuMs };
}

/** A command that writes into a file what it took of the processor; bash, since others tell hundredths of seconds only. @param {string} command @param {string} path */
export function withTimes(command, path) {
  return ["bash", "-c", `${command}; times >${path}`];
}

/** What `withTimes` has written, in milliseconds. @param {string} path */
export function timesIn(path) {
  return millisecondsOf(readFileSync(path, "latin1"));
}

/** A loop of a shell that does nothing else: what so many commands take at least, one after the other. @param {number} count @param {string} [command] */
export function bareLoop(count, command = "/bin/true") {
  const startMs = performance.now();
  const script = `i=0; while [ $i -lt ${count} ]; do ${command}; i=$((i+1)); done; times`;
  const { stdout } = spawnSync("/bin/sh", ["-c", script], { encoding: "latin1" });
  const wallMs = performance.now() - startMs;
  const [, ofCommands = ""] = stdout.split("\n"); // behind the shell's own
  return { wallMs, commandsCpuMs: millisecondsOf(ofCommands) };
}

/** Milliseconds of processor time that a command takes itself, once. @param {readonly string[]} [argv] */
export function costOf(argv = ["/bin/true"]) {
  const command = `${argv.join(" ")} >/dev/null`;
  let costMs = costsMs.get(command);
  if (costMs === undefined) {
    costMs = bareLoop(COUNTED_COMMANDS, command).commandsCpuMs / COUNTED_COMMANDS;
    costsMs.set(command, costMs);
  }
  return costMs;
}

/** By command. @type {Map<string, number>} */
const costsMs = new Map();

/** The sum of all times in the words of `times`: 0m0.120000s. */
function millisecondsOf(text) {
  const times = [...text.matchAll(/(\d+)m([\d.]+)s/g)];
  return times.reduce((sum, [, minutes, seconds]) => sum + (Number(minutes) * 60 + Number(seconds)) * 1000, 0);
}
