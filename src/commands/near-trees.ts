// Knows the directory trees that are used in the main thread, which takes a fraction of the time of Node's thread pool: those on
// a local file system without mount points below, where nothing waits for a server.
import { realpath } from "node:fs/promises";
import { systemClock } from "../base/clock.ts";
import { type SystemText, systemPath, systemText } from "../base/encoding/system-text.ts";
import { fileSystemTypeOf, LocalPaths, mountPoints } from "../process/spawn/index.ts";

/** No file system has it. */
const SEVERAL = -1;

// Process-wide.
const trees = new LocalPaths({
  nowMs: () => systemClock.nowMs(),
  fileSystemType: async (path) => ((await holdsMountPoint(path)) ? SEVERAL : fileSystemTypeOf(path)),
});

/** Whether nothing in this directory has to wait, except behind symbolic links. May never settle. */
export async function isNear(directory: string | Buffer): Promise<boolean> {
  const path = typeof directory === "string" ? directory : systemText(directory);
  if (!trees.has(path)) await trees.check(path);
  return trees.has(path);
}

async function holdsMountPoint(path: SystemText): Promise<boolean> {
  const real = (await realpath(systemPath(path), "buffer")).toString("latin1");
  const below = real === "/" ? real : `${real}/`;
  return (await mountPoints()).some((point) => point.startsWith(below) && point !== real);
}
