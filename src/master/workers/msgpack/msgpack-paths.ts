// Joins paths on a worker: over MessagePack the master sends absolute paths (buildbot-msgpack.md §4).
// Follows Python's rules for the worker's system. Pure.
import { posix, win32 } from "node:path";
import { belowHome } from "../../../base/posix-path.ts";

export interface WorkerPlace {
  /** `nt` selects the rules of Windows. */
  readonly system: string | undefined;
  readonly environment: ReadonlyMap<string, string>;
}

/**
 * Joins the parts; an absolute part replaces what precedes it. Not normalised, since `..` may follow a symbolic link.
 */
export function joinOn(place: WorkerPlace, base: string, ...parts: readonly string[]): string {
  return parts.reduce(place.system === "nt" ? joinNt : joinPosix, base);
}

/** Replaces a leading `~` by the home directory of the worker's user. Those of other users are unknown here. */
export function expandWorkerHome({ system, environment }: WorkerPlace, path: string): string {
  const rest = path.slice(1);
  if (!path.startsWith("~")) return path;
  if (system !== "nt") {
    const home = environment.get("HOME");
    if (home === undefined || (rest !== "" && !rest.startsWith("/"))) return path;
    return belowHome(home, rest);
  }
  const home =
    environment.get("USERPROFILE") ??
    (environment.has("HOMEPATH") ? `${environment.get("HOMEDRIVE") ?? ""}${environment.get("HOMEPATH")}` : undefined);
  if (home === undefined || (rest !== "" && !/^[\\/]/.test(rest))) return path;
  return home + rest;
}

function joinPosix(base: string, part: string): string {
  if (posix.isAbsolute(part)) return part;
  return base === "" || base.endsWith("/") ? base + part : `${base}/${part}`;
}

function joinNt(base: string, part: string): string {
  const [ours, theirs] = [win32.parse(base).root, win32.parse(part).root].map((root) =>
    root.replace(/(?<![\\/])[\\/]+$/, ""),
  );
  if (/^[\\/]/.test(part)) return theirs === "" ? ours + part : part;
  if (theirs !== "" && /^[a-z]:[\\/]/i.test(part)) return part;
  if (theirs !== "" && theirs?.toLowerCase() !== ours?.toLowerCase()) return part;
  const rest = part.slice(theirs?.length ?? 0);
  return base === "" || /[\\/:]$/.test(base) ? base + rest : `${base}\\${rest}`;
}
