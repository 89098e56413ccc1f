// Finds the core file of a crashed program, as far as the kernel's name pattern allows (core(5)).
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";

export interface Crashed {
  readonly pid: number;
  /** Its initial working directory. */
  readonly directory: string;
  /** Earliest time of its core file: milliseconds since 1970. */
  readonly sinceMs: number;
}

/** Granularity of file times. */
const TIME_GRAIN_MS = 20;

/** The path of its core file; undefined when there is none, or its name cannot be predicted. */
export function coreFileOf({ pid, directory, sinceMs }: Crashed, kernel = "/proc/sys/kernel"): string | undefined {
  const name = coreName(readText(`${kernel}/core_pattern`), readText(`${kernel}/core_uses_pid`), pid);
  if (name === undefined) return undefined;
  const path = resolve(directory, name);
  try {
    const { mtimeMs } = statSync(path);
    return mtimeMs >= sinceMs - TIME_GRAIN_MS ? path : undefined;
  } catch {
    return undefined; // none was written, because of a limit, or it was written to another directory
  }
}

/** Undefined if the pattern pipes the core to a program, or contains fields that we do not know. */
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
    return ""; // not Linux
  }
}
