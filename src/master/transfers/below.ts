// Paths confined to a directory of the master: no `..`, no absolute paths, and no symbolic links in between.
import { lstat, mkdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "../../base/error-code.ts";
import { WorkerError } from "../../base/errors.ts";
import { systemReason } from "../../base/system-error.ts";
import { masterErrors } from "../errors.ts";

export const PATH_LIMIT_CHARACTERS = 4096;
const MAX_PARTS = 200;
/** Limit of all directory paths of one archive, which are kept in memory. */
export const DIRECTORIES_LIMIT_CHARACTERS = 64 * 1024 * 1024;
const DIRECTORY_MODE = 0o755;

/** The components of a relative path, or why it is not allowed. */
export function partsOf(path: string): readonly string[] | { readonly fault: string } {
  if (path.length > PATH_LIMIT_CHARACTERS) return { fault: `longer than ${PATH_LIMIT_CHARACTERS} characters` };
  if (path.includes("\0")) return { fault: "contains a NUL" };
  if (path.startsWith("/")) return { fault: "expected a relative path" };
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) return { fault: "leads out of its directory" };
  if (parts.length > MAX_PARTS) return { fault: `more than ${MAX_PARTS} directories deep` };
  return parts;
}

/**
 * The absolute path of `path` below `root`. It need not exist, but its parent directories do and are not symbolic
 * links. `makes`: create missing ones. Rejects with ERR_MASTER_FILE.
 */
export async function placeBelow(root: string, path: string, makes: boolean): Promise<string> {
  const parts = partsOf(path);
  if ("fault" in parts) throw masterErrors.masterFile(path, parts.fault);
  const last = parts.at(-1);
  if (last === undefined) throw masterErrors.masterFile(path, "expected the path of a file");
  return onMaster(path, async () => {
    if (makes) await mkdir(root, { recursive: true });
    const directory = await directoryAt(await realpath(root), parts.slice(0, -1), { makes, shown: path });
    return join(directory, last);
  });
}

/** Absolute paths of directories that need not be checked again, since nothing can have replaced them. */
export class KnownDirectories {
  readonly #paths = new Set<string>();
  readonly #shown: string;
  #characters = 0;

  /** `shown`: the name of the upload in messages. */
  constructor(shown: string) {
    this.#shown = shown;
  }

  has(path: string): boolean {
    return this.#paths.has(path);
  }

  /** Throws ERR_UPLOAD_TOO_LARGE. */
  add(path: string): void {
    this.#characters += path.length;
    if (this.#characters > DIRECTORIES_LIMIT_CHARACTERS) {
      throw masterErrors.uploadTooLarge(
        this.#shown,
        "characters in paths of directories",
        DIRECTORIES_LIMIT_CHARACTERS,
      );
    }
    this.#paths.add(path);
  }
}

/** The directory with these path components, created if `makes` is set. */
export async function directoryAt(
  top: string,
  parts: readonly string[],
  { makes, shown, known }: { readonly makes: boolean; readonly shown: string; readonly known?: KnownDirectories },
): Promise<string> {
  const whole = join(top, ...parts);
  if (known?.has(whole)) return whole;
  let directory = top;
  for (const part of parts) {
    directory = join(directory, part);
    if (known?.has(directory)) continue;
    if (makes) await makeDirectory(directory);
    const status = await lstat(directory);
    if (status.isSymbolicLink()) throw masterErrors.masterFile(shown, "the path contains a symbolic link");
    if (!status.isDirectory()) throw masterErrors.masterFile(shown, "a parent of the path is not a directory");
    known?.add(directory);
  }
  return directory;
}

/** Converts system errors into one that names the given path. */
export async function onMaster<Result>(path: string, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    throw error instanceof WorkerError ? error : masterErrors.masterFile.from(error, path, systemReason(error));
  }
}

async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: DIRECTORY_MODE });
  } catch (error) {
    if (errorCode(error) !== "EEXIST") throw error;
  }
}
