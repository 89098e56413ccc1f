// Before a program is started, checks that everything needed to start it responds. Node's main thread waits until a
// child has executed its program, so a dead file server would block the whole worker; a request in Node's thread pool
// can be abandoned instead. Does not decide whether the program can run.
import { lstatSync, type Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { type SystemText, systemPath, systemText } from "../../base/encoding/system-text.ts";
import { readStart } from "../tree/index.ts";
import { absoluteInterpreterIn, FIRST_LINE_BYTES, type Launch, placesOf } from "./exec-lookup.ts";
import type { LocalPaths } from "./local-paths.ts";

export interface ReachOptions {
  readonly localPaths: LocalPaths;
  /** Called with each path before it is checked. */
  readonly onCheck: (path: SystemText) => void;
}

/**
 * Resolves when everything has responded: the directory, the PATH up to the first entry with the program, and the
 * interpreter of a script. Never rejects, and may never settle. Costs about 10 µs when everything is known to be local.
 */
export async function reachProgram({ argv, cwd, env }: Launch, options: ReachOptions): Promise<void> {
  const [program = ""] = argv;
  const path = env["PATH"];
  if (program === "" || [program, cwd, path].some((text) => text?.includes("\0"))) return; // the start will fail anyway
  await reach(cwd, options);
  for (const place of placesOf(program, cwd, path)) {
    await reach(dirname(place), options);
    if (options.localPaths.has(place)) return; // then its interpreter is local too
    if (!isProgram(await statsOf(place, options))) continue;
    const interpreter = await interpreterOf(place);
    if (interpreter !== undefined) await reach(interpreter, options);
    if (interpreter === undefined || options.localPaths.has(interpreter)) await reach(place, options);
    return;
  }
}

async function reach(path: SystemText, { localPaths, onCheck }: ReachOptions): Promise<void> {
  if (localPaths.has(path)) return;
  onCheck(path);
  await localPaths.check(path);
}

function isProgram(stats: Stats | undefined): boolean {
  return stats?.isFile() === true && (stats.mode & 0o111) !== 0;
}

/** Undefined when there is no such file, or it is not accessible. */
async function statsOf(place: SystemText, { localPaths, onCheck }: ReachOptions): Promise<Stats | undefined> {
  const path = systemPath(place);
  if (localPaths.has(dirname(place))) {
    const stats = unlessRefused(() => lstatSync(path, { throwIfNoEntry: false }));
    if (stats?.isSymbolicLink() !== true) return stats;
  }
  onCheck(place);
  return stat(path).catch(() => undefined);
}

function unlessRefused(look: () => Stats | undefined): Stats | undefined {
  try {
    return look();
  } catch {
    return undefined; // its parent is not a directory, or not accessible
  }
}

/** Undefined if it is not a script, or not readable. */
async function interpreterOf(place: SystemText): Promise<SystemText | undefined> {
  const start = await readStart(systemPath(place), FIRST_LINE_BYTES);
  const interpreter = start && absoluteInterpreterIn(start);
  return interpreter && systemText(interpreter);
}
