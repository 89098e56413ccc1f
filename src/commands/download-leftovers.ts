// The temporary files of downloads. Their names identify the worker that writes them, so that only files of killed
// workers are removed.
import { lstat, rm } from "node:fs/promises";
import { type SystemText, systemBytes, systemPath } from "../base/encoding/system-text.ts";
import { md5 } from "../base/md5.ts";
import { fateOf, OLD_RECORD_MS, ownerHere, type RecordOwner } from "../process/crash-safety/index.ts";
import { directoryEntries } from "./directory-entries.ts";
import { joinPath } from "./paths.ts";

const PREFIX = ".buildhand-download-";
const RANDOM_BYTES = 8;
const WORLD_LENGTH = 16;
/** The worker's pid, start time and world (boot and namespace), and a random number. */
const NAME = /^\.buildhand-download-(\d{1,10})-(\d{1,15})-([0-9a-f]{16})-[0-9a-f]{16}$/;

/** Directories without leftover files. At the limit they are forgotten, and checked again. */
const seen = new Set<SystemText>();
const SEEN_LIMIT = 1000;

/** A unique name. */
export function temporaryName(): string {
  const { pid, startTicks = 0, world } = here();
  const random = process.getBuiltinModule("node:crypto").randomBytes(RANDOM_BYTES).toString("hex");
  return `${PREFIX}${pid}-${startTicks}-${world}-${random}`;
}

/** Removes files of dead workers from a directory, until there are none. Never rejects. */
export async function removeLeftovers(directory: SystemText): Promise<void> {
  // The number of a held directory is used again.
  if (seen.has(directory) && !directory.startsWith("/proc/self/fd/")) return;
  if (seen.size >= SEEN_LIMIT) seen.clear();
  seen.add(directory);
  try {
    for await (const { name } of directoryEntries(systemBytes(directory).toString("latin1"))) {
      const [, pid, ticks, world] = NAME.exec(name) ?? [];
      if (world === undefined) continue;
      const fate = fateOf({ pid: Number(pid), startTicks: Number(ticks), world }, here());
      if (fate === "lives") continue;
      const path = systemPath(joinPath(directory, name));
      if (await isLeft(path, fate)) await rm(path, { force: true });
      else seen.delete(directory);
    }
  } catch {
    seen.delete(directory); // the download itself reports what is wrong with the directory
  }
}

/** A worker of another world may run, on another host or in another container, but does not write such an old file. */
async function isLeft(path: ReturnType<typeof systemPath>, fate: ReturnType<typeof fateOf>): Promise<boolean> {
  const stats = await lstat(path);
  const isOurs = stats.isFile() && stats.uid === process.geteuid?.();
  return isOurs && (fate === "gone" || Date.now() - stats.mtimeMs > OLD_RECORD_MS);
}

/** This process, with a short world without slashes. */
function here(): RecordOwner {
  const { world, ...owner } = ownerHere();
  return {
    ...owner,
    world: Buffer.from(md5(Buffer.from(world)))
      .toString("hex")
      .slice(0, WORLD_LENGTH),
  };
}
