// Removes and copies trees without following links: each directory is open while its entries are handled. Knows no commands.
import { constants } from "node:fs";
import {
  chmod,
  copyFile,
  type FileHandle,
  lchown,
  lutimes,
  mkdir,
  open,
  readlink,
  rmdir,
  symlink,
  unlink,
} from "node:fs/promises";
import { constants as system } from "node:os";
import { O_PATH } from "../../base/platform.ts";
import { bytePath, directoryEntries } from "../directory-entries.ts";
import type { ByteText } from "../file-names.ts";

/** Directories that one command holds open. */
export const DEPTH_LIMIT = 256;
/** Opens a link itself. */
export const ENTRY = O_PATH | constants.O_NOFOLLOW;

export interface EntryWork {
  readonly signal: AbortSignal;
  readonly depth: number;
  /** The directory that a copy has made first, which may be inside its source. */
  readonly made?: string;
}

export async function removeEntry(at: ByteText, { signal, depth }: EntryWork): Promise<void> {
  signal.throwIfAborted();
  const failed = await unlink(bytePath(at)).then(() => undefined, errorOf);
  if (failed === undefined || failed.code === "ENOENT") return;
  if (failed.code !== "EISDIR") throw failed;
  const directory = await openDirectory(at, depth);
  const inside = through(directory);
  const removeAll = async () => {
    for await (const { name } of directoryEntries(inside)) {
      await removeEntry(`${inside}/${name}`, { signal, depth: depth + 1 });
    }
  };
  try {
    await removeAll().catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== "EACCES") throw error;
      await chmod(inside, 0o700);
      await removeAll();
    });
  } finally {
    await directory.close();
  }
  await rmdir(bytePath(at));
}

/** Keeps modes, times and, as root, owners. Leaves out what is no file, directory or link, and the copy itself. */
export async function copyEntry(from: ByteText, to: ByteText, { signal, depth, made }: EntryWork): Promise<void> {
  signal.throwIfAborted();
  const source = await open(bytePath(from), ENTRY);
  try {
    const stats = await source.stat();
    if (made === `${stats.dev} ${stats.ino}`) return;
    if (stats.isDirectory()) {
      await mkdir(bytePath(to), 0o700).catch(ignore("EEXIST"));
      const target = await openDirectory(to, depth);
      try {
        const copy = await target.stat();
        const work = { signal, depth: depth + 1, made: made ?? `${copy.dev} ${copy.ino}` };
        for await (const { name } of directoryEntries(through(source))) {
          await copyEntry(`${through(source)}/${name}`, `${through(target)}/${name}`, work);
        }
        await chmod(through(target), stats.mode);
      } finally {
        await target.close();
      }
    } else if (stats.isSymbolicLink() || stats.isFile()) {
      await unlink(bytePath(to)).catch(ignore("ENOENT"));
      const flags = constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE;
      if (stats.isFile()) await copyFile(through(source), bytePath(to), flags);
      else await symlink(await readlink(bytePath(from), "buffer"), bytePath(to));
    } else {
      return;
    }
    if (process.geteuid?.() === 0) await lchown(bytePath(to), stats.uid, stats.gid);
    await lutimes(bytePath(to), stats.atimeMs / 1000, stats.mtimeMs / 1000);
  } finally {
    await source.close();
  }
}

/** Not through a link. */
export async function openDirectory(at: ByteText, depth: number): Promise<FileHandle> {
  if (depth > DEPTH_LIMIT) throw systemFailure("ENAMETOOLONG");
  return open(bytePath(at), ENTRY | constants.O_DIRECTORY);
}

/** The path of what is open, for this process. */
export function through({ fd }: FileHandle): ByteText {
  return `/proc/self/fd/${fd}`;
}

/** An error like those of the system. */
export function systemFailure(code: "ELOOP" | "ENAMETOOLONG" | "ENOTDIR" | "EEXIST"): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code, errno: -system.errno[code] });
}

function errorOf(error: NodeJS.ErrnoException): NodeJS.ErrnoException {
  return error;
}

function ignore(code: string) {
  return (error: NodeJS.ErrnoException) => {
    if (error.code !== code) throw error;
  };
}
