// Keeps the work of file commands below the base directory, also while others replace directories by links: every directory on
// the way is held open, and the next name is opened in it without following links. Linux only; loaded only if it is used.
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readlink, realpath, stat } from "node:fs/promises";
import { constants as system } from "node:os";
import { type SystemText, systemBytes, systemPath } from "../../base/encoding/system-text.ts";
import { O_PATH } from "../../base/platform.ts";
import { bytePath } from "../directory-entries.ts";
import { commandsErrors } from "../errors.ts";
import type { ByteText } from "../file-names.ts";
import { copyEntry, DEPTH_LIMIT, ENTRY, openDirectory, removeEntry, systemFailure, through } from "./entries.ts";

/** The same as the limit of Linux. */
const MOST_LINKS = 40;
/** What every worker has in its base directory. */
const OWN_NAME = /^(?:buildbot\.tac|twistd\.|\.?buildhand)|^info$/;

/**
 * What a path names. `content`: a file or directory, at the end of links; `subtree`: the same, but not the base directory
 * itself; `entry`: a name, even of a link, in its directory; `target`: the same at the end of links, which need not exist.
 * `new directory` is created with its parents.
 */
export type PathUse = "content" | "subtree" | "entry" | "target" | "new directory";

export interface HeldPath {
  /** Below /proc/self/fd. */
  readonly path: ByteText;
  readonly close: () => Promise<void>;
}

/** All throw the system's errors, and ERR_CONFINED for a path that leads out of the base directory. */
export type Confinement = Awaited<ReturnType<typeof openConfinement>>;

/**
 * `ownFiles`: absolute paths of what only the worker may read and write. Throws the system's error if the directory is missing,
 * or without /proc.
 */
export async function openConfinement(baseDirectory: SystemText, ownFiles: readonly string[]) {
  const base = systemPath(baseDirectory);
  const roots = [systemBytes(baseDirectory), await realpath(base, "buffer")].map((root) => root.toString("latin1"));
  const ownNames = ownFiles
    .map((path) => Buffer.from(path).toString("latin1"))
    .flatMap((path) => roots.filter((root) => path.startsWith(`${root}/`)).map((root) => path.slice(root.length + 1)));
  const isOwn = (name: ByteText) =>
    OWN_NAME.test(name) || ownNames.some((own) => name === own || name.startsWith(`${own}.`));
  const hold = (path: ByteText, use: PathUse) => holdPath({ base, roots, isOwn }, path, use);
  /** Calls `work` with a path that is held until it has settled. */
  const at = async <Value>(path: ByteText, use: PathUse, work: (path: ByteText) => Promise<Value>): Promise<Value> => {
    const held = await hold(path, use);
    try {
      return await work(held.path);
    } finally {
      await held.close();
    }
  };
  const makeDirectories = (path: ByteText) => at(path, "new directory", async () => {});
  // False if it is missing, or refused: also as a target.
  const isDirectory = (path: ByteText) =>
    at(path, "content", (held) => stat(bytePath(held))).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
  if (!(await isDirectory(roots[0]!))) throw systemFailure("ENOTDIR");
  return {
    /** For operations that do not follow a link in the last name of the path. */
    hold,
    at,
    /** Of a directory below one that is held; `depth` counts how many are. */
    holdInside: async (path: Buffer, depth: number) => {
      const directory = await openDirectory(path.toString("latin1"), depth);
      return { path: bytePath(through(directory)), close: () => directory.close() };
    },
    makeDirectories,
    removeTree: (path: ByteText, signal: AbortSignal) =>
      at(path, "entry", (entry) => removeEntry(entry, { signal, depth: 1 })),
    async copyTree(from: ByteText, to: ByteText, signal: AbortSignal) {
      await makeDirectories(to.slice(0, to.lastIndexOf("/")) || "/");
      const target = (await isDirectory(to)) ? `${to}/${lastName(from)}` : to;
      await at(from, "entry", (source) =>
        at(target, "target", (copy) => copyEntry(source, copy, { signal, depth: 1 })),
      );
    },
  };
}

function lastName(path: ByteText): ByteText {
  return path.split("/").filter(Boolean).at(-1) ?? "";
}

interface Place {
  readonly base: string | Buffer;
  /** The base directory as configured, and without links. */
  readonly roots: readonly ByteText[];
  /** Whether a name in the base directory is one of the worker's own, or begins as one, such as a rotated log. */
  readonly isOwn: (name: ByteText) => boolean;
}

async function holdPath({ base, ...place }: Place, path: ByteText, use: PathUse): Promise<HeldPath> {
  // Links in the path that the admin has chosen are followed.
  const held = [await open(base, O_PATH | constants.O_DIRECTORY)];
  try {
    const name = await walk(held, namesBelow(place.roots, path), { ...place, use });
    const top = held.pop()!;
    return { path: `${through(top)}${name}`, close: () => top.close() };
  } finally {
    for (const handle of held) await handle.close();
  }
}

/** Opens what is on the way. Resolves to the last name with a slash, or to nothing if that is open too. */
async function walk(
  held: FileHandle[],
  names: ByteText[],
  { roots, isOwn, use }: Omit<Place, "base"> & { readonly use: PathUse },
): Promise<ByteText> {
  const isName = use === "entry" || use === "target";
  let links = 0;
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    const isLast = names.length === 0;
    if (name === "..") {
      await held.pop()?.close();
      if (held.length === 0 || (isLast && isName)) throw refusal();
      continue;
    }
    if (held.length === 1 && use !== "content" && isOwn(name)) throw refusal();
    if (isLast && use === "entry") return `/${name}`;
    const at = `${through(held.at(-1)!)}/${name}`;
    const entry = await openEntry(at, use, isLast);
    if (entry === undefined) return `/${name}`;
    held.push(entry);
    const stats = await entry.stat();
    if (stats.isSymbolicLink()) {
      links += 1;
      if (links > MOST_LINKS) throw systemFailure("ELOOP");
      await held.pop()?.close();
      const target = await readlink(bytePath(at), "latin1");
      names.unshift(...namesBelow(roots, target));
      if (target.startsWith("/")) for (const handle of held.splice(1)) await handle.close();
    } else if (isLast && use === "target") {
      await held.pop()?.close();
      return `/${name}`;
    } else if (!stats.isDirectory() && !(isLast && use !== "new directory")) {
      throw systemFailure(isLast ? "EEXIST" : "ENOTDIR");
    }
    if (held.length > DEPTH_LIMIT) throw systemFailure("ENAMETOOLONG");
  }
  if (isName || (held.length === 1 && use === "subtree")) throw refusal();
  return "";
}

/** Undefined for a target that does not exist yet. */
async function openEntry(at: ByteText, use: PathUse, isLast: boolean): Promise<FileHandle | undefined> {
  try {
    return await open(bytePath(at), ENTRY);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    if (use === "target" && isLast) return undefined;
    if (use !== "new directory") throw error;
  }
  await mkdir(bytePath(at)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error; // somebody else made it
  });
  return open(bytePath(at), ENTRY);
}

/** The names on the way from the base directory, or from anywhere for a relative path. Throws ERR_CONFINED. */
function namesBelow(roots: readonly ByteText[], path: ByteText): ByteText[] {
  const names = namesOf(path);
  if (!path.startsWith("/")) return names;
  for (const root of roots.map(namesOf)) {
    if (root.every((name, index) => name === names[index])) return names.slice(root.length);
  }
  throw refusal();
}

/** In the place of the system's EACCES. */
function refusal(): Error {
  return Object.assign(commandsErrors.confined(), { errno: -system.errno.EACCES });
}

function namesOf(path: ByteText): ByteText[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
