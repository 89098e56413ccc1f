// Where a download is written: beside the file that it is to replace, and renamed over it when it is complete, so that a
// download that fails leaves what was there. Where the new file could not be just like the old one, it is written over.
import { constants, type Stats } from "node:fs";
import { access, type FileHandle, lstat, open, readlink, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { type SystemText, systemPath, systemText } from "../base/encoding/system-text.ts";
import { removeLeftovers, temporaryName } from "./download-leftovers.ts";
import { osErrorText } from "./os-error.ts";
import { joinPath } from "./paths.ts";

const DEFAULT_MODE = 0o666;
const PERMISSION_BITS = 0o7777;
/** As many symbolic links as Linux follows. */
const MOST_LINKS = 40;
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
/** Without O_NONBLOCK, opening a FIFO would wait for somebody to read from it. */
const OVERWRITE = constants.O_WRONLY | constants.O_CREAT | constants.O_NONBLOCK;

export interface Destination {
  /** Appends. Rejects with the system's error. */
  write(block: Uint8Array): Promise<void>;
  /** Closes the file and puts it in its place. Rejects with the system's error; then it is to be discarded. */
  commit(): Promise<void>;
  /** Closes the file and forgets it; one that is written over stays as far as it has come. Never rejects. */
  discard(): Promise<void>;
}

/**
 * Opens what is to become the file at `path`; undefined when the system does not allow it. Without a `mode` a file that
 * is there keeps its own. The mode holds before the first byte is there to be read: the content may be a secret.
 */
export async function openDestination(path: SystemText, mode: number | undefined): Promise<Destination | undefined> {
  const wanted = permissionBits(mode);
  // Whatever is in the way of the first: the second has it too, or does without.
  return (await attempt(() => openBeside(path, wanted))) ?? attempt(() => openInPlace(path, wanted));
}

/** Makes an empty file at `path` unless something is there, or the system refuses. */
export async function leaveEmptyFile(path: SystemText, mode: number | undefined): Promise<void> {
  const target = (await endOfLinks(path)) ?? path;
  await attempt(async () => {
    const file = await open(systemPath(target), CREATE, DEFAULT_MODE);
    try {
      await restoreMode(file, permissionBits(mode));
    } finally {
      await file.close();
    }
  });
}

async function openBeside(path: SystemText, mode: number | undefined): Promise<Destination | undefined> {
  const target = await endOfLinks(path);
  if (target === undefined || target.endsWith("/")) return undefined;
  const present = await statsOf(target);
  if (present !== undefined && !(await isReplaceable(target, present))) return undefined;
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
      await closeAnyhow(file);
      await rm(systemPath(temporary), { force: true }).catch(() => {}); // it is in nobody's way
    },
  };
  if (await attempt(() => becomesLike(file, mode, present))) return destination;
  await destination.discard();
  return undefined;
}

async function openInPlace(path: SystemText, mode: number | undefined): Promise<Destination | undefined> {
  const file = await open(systemPath(path), OVERWRITE, mode ?? DEFAULT_MODE);
  let isEmptied = false;
  // Only when new content or the end of it has come: a master that sends nothing leaves what is there.
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
    discard: () => closeAnyhow(file),
  };
  if (await attempt(() => becomesLike(file, mode, undefined))) return destination;
  await destination.discard();
  return undefined;
}

/** Gives a new file its mode, from which the umask took bits; false when nobody could give it the owner as well. */
async function becomesLike(file: FileHandle, mode: number | undefined, present: Stats | undefined): Promise<boolean> {
  const wanted = mode ?? permissionBits(present?.mode);
  if (wanted !== undefined) await file.chmod(wanted);
  if (present === undefined) return true;
  const made = await file.stat();
  return made.uid === present.uid && made.gid === present.gid && made.dev === present.dev;
}

/** Being written to takes a file's set-id bits, unless root does it. */
async function restoreMode(file: FileHandle, mode: number | undefined): Promise<void> {
  if (mode !== undefined) await file.chmod(mode);
}

/** A device is no file to be replaced, nor is one that has other names as well, or that nobody may write to. */
async function isReplaceable(target: SystemText, present: Stats): Promise<boolean> {
  if (!present.isFile() || present.nlink > 1) return false;
  await access(systemPath(target), constants.W_OK);
  return true;
}

function permissionBits(mode: number | undefined): number | undefined {
  return mode === undefined ? undefined : mode & PERMISSION_BITS;
}

/** The file is made where a link points to, which may be nowhere yet; undefined when that cannot be told. */
async function endOfLinks(path: SystemText): Promise<SystemText | undefined> {
  let end = path;
  for (let links = 0; links < MOST_LINKS; links += 1) {
    const to = await readlink(systemPath(end), { encoding: "buffer" }).catch(() => undefined); // no link
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

/** Undefined for what the system refuses. */
async function attempt<Value>(action: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await action();
  } catch (error) {
    if (osErrorText(error) === undefined) throw error;
    return undefined;
  }
}

async function closeAnyhow(file: FileHandle): Promise<void> {
  await file.close().catch(() => {}); // it is closed, or the error that counts came before
}
