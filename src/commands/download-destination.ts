// The destination of a download: a temporary file in the same directory, renamed when it is complete, so that a failed
// download keeps the old file. If the new file could not have the same owner and mode, the old one is overwritten.
import { constants, type Stats } from "node:fs";
import { access, type FileHandle, lstat, open, readlink, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { type SystemText, systemPath, systemText } from "../base/encoding/system-text.ts";
import { systemRules } from "../base/system-rules.ts";
import { removeLeftovers, temporaryName } from "./download-leftovers.ts";
import { osErrorText } from "./os-error.ts";
import { joinPath } from "./paths.ts";

const DEFAULT_MODE = 0o666;
const PERMISSION_BITS = 0o7777;
/** The same as the limit of Linux. */
const MOST_LINKS = 40;
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
/** Without O_NONBLOCK, opening a FIFO would wait for a reader. */
const OVERWRITE = constants.O_WRONLY | constants.O_CREAT | constants.O_NONBLOCK;
/** Like `access`, but does not follow a link. */
const WRITABLE = constants.O_WRONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export interface Destination {
  /** Appends. Rejects with the system's error. */
  write(block: Uint8Array): Promise<void>;
  /** Closes the file and moves it to its place. If it rejects with the system's error, call `discard`. */
  commit(): Promise<void>;
  /** Closes and removes the file; one that is overwritten in place stays incomplete. Never rejects. */
  discard(): Promise<void>;
}

/**
 * Opens the destination for the file at `path`; undefined when the system refuses. Without a `mode` an existing file
 * keeps its own. The mode is set before the first byte is written, because the content may be secret. `isHeld`: a link in the
 * last name is not followed (`Confinement`).
 */
export async function openDestination(
  path: SystemText,
  mode: number | undefined,
  isHeld = false,
): Promise<Destination | undefined> {
  const place = { path, isHeld };
  const wanted = permissionBits(mode);
  // Any failure of the first either happens to the second too, or does not matter to it.
  return (await attempt(() => openBeside(place, wanted))) ?? attempt(() => openInPlace(place, wanted));
}

interface FilePlace {
  readonly path: SystemText;
  readonly isHeld: boolean;
}

/** Creates an empty file at `path` unless it exists or the system refuses. */
export async function createEmptyFile(path: SystemText, mode: number | undefined, isHeld = false): Promise<void> {
  const target = (isHeld ? path : await endOfLinks(path)) ?? path;
  await attempt(async () => {
    const file = await open(systemPath(target), CREATE, DEFAULT_MODE);
    try {
      await restoreMode(file, permissionBits(mode));
    } finally {
      await file.close();
    }
  });
}

async function openBeside({ path, isHeld }: FilePlace, mode: number | undefined): Promise<Destination | undefined> {
  const target = isHeld ? path : await endOfLinks(path);
  if (target === undefined || systemRules.withoutEnd(target) !== target) return undefined;
  const present = await statsOf(target);
  if (present !== undefined && !(await isReplaceable({ path: target, isHeld }, present))) return undefined;
  await removeLeftovers(dirname(target));
  const temporary = joinPath(dirname(target), temporaryName());
  const file = await open(systemPath(temporary), CREATE, mode ?? permissionBits(present?.mode) ?? DEFAULT_MODE);
  const destination: Destination = {
    write: (block) => file.appendFile(block),
    async commit() {
      await restoreMode(file, mode ?? permissionBits(present?.mode));
      await file.close();
      await rename(systemPath(temporary), systemPath(target));
    },
    async discard() {
      await closeQuietly(file);
      await rm(systemPath(temporary), { force: true }).catch(() => {}); // a leftover does no harm
    },
  };
  if (await attempt(() => becomesLike(file, mode, present))) return destination;
  await destination.discard();
  return undefined;
}

async function openInPlace({ path, isHeld }: FilePlace, mode: number | undefined): Promise<Destination | undefined> {
  const file = await open(systemPath(path), OVERWRITE | (isHeld ? constants.O_NOFOLLOW : 0), mode ?? DEFAULT_MODE);
  let isEmptied = false;
  // Only when new content or its end arrives: if the master sends nothing, the old content stays.
  const empty = async () => {
    if (!isEmptied && (await file.stat()).isFile()) await file.truncate();
    isEmptied = true;
  };
  const destination: Destination = {
    async write(block) {
      await empty();
      await file.appendFile(block);
    },
    async commit() {
      await empty();
      await restoreMode(file, mode);
      await file.close();
    },
    discard: () => closeQuietly(file),
  };
  if (await attempt(() => becomesLike(file, mode, undefined))) return destination;
  await destination.discard();
  return undefined;
}

/** Sets the mode of a new file regardless of the umask; false if it cannot have the same owner and device. */
async function becomesLike(file: FileHandle, mode: number | undefined, present: Stats | undefined): Promise<boolean> {
  const wanted = mode ?? permissionBits(present?.mode);
  if (wanted !== undefined) await file.chmod(wanted);
  if (present === undefined) return true;
  const made = await file.stat();
  return made.uid === present.uid && made.gid === present.gid && made.dev === present.dev;
}

/** Writing clears the set-id bits, unless root does it. */
async function restoreMode(file: FileHandle, mode: number | undefined): Promise<void> {
  if (mode !== undefined) await file.chmod(mode);
}

/** Not a device, a file with several links, or one that we may not write to. */
async function isReplaceable({ path, isHeld }: FilePlace, present: Stats): Promise<boolean> {
  if (!present.isFile() || present.nlink > 1) return false;
  if (isHeld) await (await open(systemPath(path), WRITABLE)).close();
  else await access(systemPath(path), constants.W_OK);
  return true;
}

function permissionBits(mode: number | undefined): number | undefined {
  return mode === undefined ? undefined : mode & PERMISSION_BITS;
}

/** The target of a symbolic link, which need not exist yet; undefined if there are too many links. */
async function endOfLinks(path: SystemText): Promise<SystemText | undefined> {
  let end = path;
  for (let links = 0; links < MOST_LINKS; links += 1) {
    const to = await readlink(systemPath(end), { encoding: "buffer" }).catch(() => undefined); // not a link
    if (to === undefined) return end;
    end = joinPath(dirname(end), systemText(to));
  }
  return undefined;
}

async function statsOf(path: SystemText): Promise<Stats | undefined> {
  try {
    return await lstat(systemPath(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Undefined if the system refuses. */
async function attempt<Value>(action: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await action();
  } catch (error) {
    if (osErrorText(error) === undefined) throw error;
    return undefined;
  }
}

async function closeQuietly(file: FileHandle): Promise<void> {
  await file.close().catch(() => {}); // it is closed, or an earlier error is reported
}
