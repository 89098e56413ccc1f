// Where the kernel put the core of a program that crashed, as far as its pattern of names tells (core(5)).
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";

export interface Crashed {
  readonly pid: number;
  /** Where it ran; it may have gone elsewhere. */
  readonly directory: string;
  /** Since when a core may be its own: milliseconds since 1970. */
  readonly sinceMs: number;
}

/** A file system keeps times of some milliseconds' grain. */
const TIME_GRAIN_MS = 20;

/** The path of its core file; undefined when there is none, or its name cannot be foretold. */
export function coreFileOf({ pid, directory, sinceMs }: Crashed, kernel = "/proc/sys/kernel"): string | undefined {
  const name = coreName(readText(`${kernel}/core_pattern`), readText(`${kernel}/core_uses_pid`), pid);
  if (name === undefined) return undefined;
  const path = resolve(directory, name);
  try {
    const { mtimeMs } = statSync(path);
    return mtimeMs >= sinceMs - TIME_GRAIN_MS ? path : undefined;
  } catch {
    return undefined; // it left none: a limit of the shell, or its directory was another
  }
}

/** A pattern may hand the core to a program, or name it by what we do not know. */
function coreName(pattern: string, usesPid: string, pid: number): string | undefined {
  if (pattern === "" || pattern.startsWith("|")) return undefined;
  const name = pattern.replaceAll("%p", String(pid)).replaceAll("%%", "%");
  if (/%/.test(pattern.replaceAll(/%[p%]/g, ""))) return undefined;
  return usesPid === "1" && !pattern.includes("%p") ? `${name}.${pid}` : name;
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return ""; // another system
  }
}
