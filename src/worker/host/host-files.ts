// Reads the files in `info/`, which describe the worker on the master's pages. Facts: Buildbot over PB, "getWorkerInfo".
import { isUtf8 } from "node:buffer";
import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { errorCode } from "../../base/error-code.ts";
import { systemReason } from "../../base/system-error.ts";
import { readHostText } from "./host-text.ts";

/** Limit of files of `info/` that are sent, in the order of their names. */
export const INFO_FILES_LIMIT = 256;
/** Longest file that is sent; a string of more than 640 KiB would end the connection. */
export const INFO_FILE_LIMIT_BYTES = 262_144;
/** Limit of all files together, in UTF-16 code units, which bounds the memory of a login. */
const INFO_TOTAL_LIMIT_CHARS = 1_048_576;

/** Message for a file or a broken link in place of the directory. */
export const INFO_NO_DIRECTORY =
  "is not a directory, so none of its files are sent; expected a directory with files such as admin and host, which may be links";

/** Receives a sentence for the log. */
export type OnProblem = (sentence: string) => void;

/**
 * The content of every regular file in `<basedir>/info`, by name, sorted. Links are followed, directories skipped; files
 * that cannot be sent are skipped with a message. Never rejects.
 */
export async function readInfoFiles(basedir: string, onProblem: OnProblem): Promise<Map<string, string>> {
  const directory = join(basedir, "info");
  const files = new Map<string, string>();
  let room = INFO_TOTAL_LIMIT_CHARS;
  for (const name of await infoNames(directory, onProblem)) {
    const path = join(directory, name);
    const found = await readHostText(path, INFO_FILE_LIMIT_BYTES);
    if (found.type === "refused") onProblem(`error while reading file: ${path}: ${found.reason}`);
    if (found.type !== "text") continue;
    if (found.text.length > room) {
      onProblem(`not sending ${path}: the files in info have more than ${INFO_TOTAL_LIMIT_CHARS} characters together`);
    } else if (files.size === INFO_FILES_LIMIT) {
      onProblem(`not sending ${path}: more than ${INFO_FILES_LIMIT} files in info`);
      break;
    } else {
      room -= found.text.length;
      files.set(name, found.text);
    }
  }
  return files;
}

async function infoNames(directory: string, onProblem: OnProblem): Promise<readonly string[]> {
  try {
    const names = await readdir(directory, { encoding: "buffer" });
    const unreadable = names.filter((name) => !isUtf8(name)).length;
    if (unreadable > 0) onProblem(`not sending ${unreadable} files in ${directory}: their names are not UTF-8`);
    return names
      .filter((name) => isUtf8(name))
      .map((name) => name.toString("utf8"))
      .sort();
  } catch (error) {
    const exists = await lstat(directory).catch(() => undefined); // it is optional
    const isDirectory = !["ENOENT", "ENOTDIR"].includes(String(errorCode(error)));
    if (isDirectory) onProblem(`error while reading directory: ${directory}: ${systemReason(error)}`);
    else if (exists !== undefined) onProblem(`${directory} ${INFO_NO_DIRECTORY}`);
    return [];
  }
}
