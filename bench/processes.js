// What the kernel knows of a process and all its descendants: processor time, memory, switches. Linux only.
// Does not know workers.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** Of the times in /proc/PID/stat; the same on every architecture that Node.js has. */
const MS_PER_TICK = 10;
const NS_PER_MS = 1e6;
const KIB_PER_MIB = 1024;
/** In /proc/PID/stat, counted from the state, the first behind the name. */
const CHILDREN_USER_FIELD = 13;
const CHILDREN_SYSTEM_FIELD = 14;

/**
 * Milliseconds of processor time that a process has taken, its descendants and all that they have waited for included.
 * @param {number} pid
 */
export function cpuMs(pid) {
  return sumOver(pid, (one) => threadsMs(one) + reapedMs(one));
}

/** With a share only of what other processes have in memory, too. @param {number} pid */
export function pssMib(pid) {
  return sumOver(pid, (one) => kibibytes(read(one, "smaps_rollup"), "Pss")) / KIB_PER_MIB;
}

/** What no other process has in memory, too. @param {number} pid */
export function privateMib(pid) {
  const fields = ["Private_Clean", "Private_Dirty", "Private_Hugetlb"];
  return (
    sumOver(pid, (one) => {
      const text = read(one, "smaps_rollup");
      return fields.reduce((sum, field) => sum + kibibytes(text, field), 0);
    }) / KIB_PER_MIB
  );
}

/** Resident now. @param {number} pid */
export function residentMib(pid) {
  return sumOver(pid, (one) => kibibytes(read(one, "status"), "VmRSS")) / KIB_PER_MIB;
}

/** The most that was resident since `resetPeak`; that of a process that has ended does not count. @param {number} pid */
export function peakMib(pid) {
  return sumOver(pid, (one) => kibibytes(read(one, "status"), "VmHWM")) / KIB_PER_MIB;
}

/** @param {number} pid */
export function resetPeak(pid) {
  for (const one of tree(pid)) writeFileSync(`/proc/${one}/clear_refs`, "5");
}

/** How often any of their threads was put on a processor. @param {number} pid */
export function contextSwitches(pid) {
  return sumOver(pid, (one) =>
    threads(one)
      .flatMap((thread) => [...read(one, `task/${thread}/status`).matchAll(/_ctxt_switches:\s+(\d+)/g)])
      .reduce((sum, [, count]) => sum + Number(count), 0),
  );
}

/** @param {number} pid @returns {number[]} itself first */
function tree(pid) {
  const children = threads(pid).flatMap((thread) => read(pid, `task/${thread}/children`).split(" "));
  return [pid, ...children.filter((child) => child !== "").flatMap((child) => tree(Number(child)))];
}

function threads(pid) {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return []; // it has ended in between
  }
}

function sumOver(pid, measure) {
  return tree(pid).reduce((sum, one) => sum + measure(one), 0);
}

/** Nanoseconds, where /proc/PID/stat has hundredths of a second. */
function threadsMs(pid) {
  return (
    threads(pid).reduce((sum, thread) => sum + Number(read(pid, `task/${thread}/schedstat`).split(" ")[0]), 0) /
    NS_PER_MS
  );
}

function reapedMs(pid) {
  const fields = read(pid, "stat")
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(fields[CHILDREN_USER_FIELD] ?? 0) + Number(fields[CHILDREN_SYSTEM_FIELD] ?? 0)) * MS_PER_TICK;
}

function kibibytes(text, field) {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(text)?.[1] ?? 0);
}

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "latin1");
  } catch {
    return ""; // it has ended in between
  }
}
