// Paths that stay below a directory of the master, whatever they are made of: no `..`, nothing absolute, and no symbolic link
// on the way.
import { lstat, mkdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "../../base/error-code.ts";
import { WorkerError } from "../../base/errors.ts";
import { systemReason } from "../../base/system-error.ts";
import { masterErrors } from "../errors.ts";

export const PATH_LIMIT_CHARACTERS = 4096;
const MOST_PARTS = 200;
/** Of all paths of directories that one archive makes; they are kept in memory. */
export const DIRECTORIES_LIMIT_CHARACTERS = 64 * 1024 * 1024;
const DIRECTORY_MODE = 0o755;

/** The names that a relative path leads through, or why it is none that stays where it begins. */
export function partsOf(path: string): readonly string[] | { readonly fault: string } {
  if (path.length > PATH_LIMIT_CHARACTERS) return { fault: `longer than ${PATH_LIMIT_CHARACTERS} characters` };
  if (path.includes("\0")) return { fault: "has a NUL in it" };
  if (path.startsWith("/")) return { fault: "expected a relative path" };
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.includes("..")) return { fault: "leads out of the directory it belongs to" };
  if (parts.length > MOST_PARTS) return { fault: `more than ${MOST_PARTS} directories deep` };
  return parts;
}

/**
 * The absolute path of what `path` names below `root`, which need not exist; the directories above it do, and are none but
 * real ones. `makes`: those that are missing are made. Rejects with ERR_MASTER_FILE.
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

/** Absolute paths of directories that need no second look, since nothing can have replaced them. */
export class KnownDirectories {
  readonly #paths = new Set<string>();
  readonly #shown: string;
  #characters = 0;

  /** `shown`: how messages name what they belong to. */
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

/** The directory that these names lead to, made where it is missing. */
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
    if (status.isSymbolicLink()) throw masterErrors.masterFile(shown, "a symbolic link is on the way");
    if (!status.isDirectory()) throw masterErrors.masterFile(shown, "something that is no directory is on the way");
    known?.add(directory);
  }
  return directory;
}

/** What the system says becomes an error that names the path as it was given. */
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
