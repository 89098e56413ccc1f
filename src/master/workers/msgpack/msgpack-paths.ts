// Paths on a worker, put together here: over MessagePack a master sends them ready to use (docs/protocol/buildbot-msgpack.md
// §4). By the rules of the worker's system, as Python has them. Pure.
import { posix, win32 } from "node:path";
import { belowHome } from "../../../base/posix-path.ts";

export interface WorkerPlace {
  /** `nt` has other rules. */
  readonly system: string | undefined;
  readonly environment: ReadonlyMap<string, string>;
}

/** The parts one behind the other; an absolute one begins anew. Nothing is made shorter: `..` may lead through a link. */
export function joinOn(place: WorkerPlace, base: string, ...parts: readonly string[]): string {
  return parts.reduce(place.system === "nt" ? joinNt : joinPosix, base);
}

/** With the home directory of the worker's user for a `~` at the start. That of other users nobody here knows. */
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
