// Reads /etc/os-release into the master's keys: os_id, os_version_id and so on. Facts: Buildbot over PB, "getWorkerInfo".
import type { OnProblem } from "./host-files.ts";
import { readHostText } from "./host-text.ts";

/** Limit of the file size; distributions need less than 1 KiB. */
const OS_RELEASE_LIMIT_BYTES = 65_536;

/** The keys with their prefix, in the order of the file; none if the file does not exist. Never rejects. */
export async function readOsRelease(path: string, onProblem: OnProblem): Promise<Map<string, string>> {
  const found = await readHostText(path, OS_RELEASE_LIMIT_BYTES);
  if (found.type === "refused") onProblem(`error while reading file: ${path}: ${found.reason}`);
  return found.type === "text" ? parseOsRelease(found.text, onProblem) : new Map();
}

/**
 * `os_<key>` for every line `KEY=value`: the key in lower case, the value without the `"` around it. Empty values, empty
 * lines and comments are skipped; a line without `=` is skipped with a message (it makes the Python worker's login fail).
 */
export function parseOsRelease(text: string, onProblem: OnProblem): Map<string, string> {
  const facts = new Map<string, string>();
  for (const line of text.split("\n")) {
    const equals = line.indexOf("=");
    const value = line.slice(equals + 1);
    if (line.trim() === "" || line.trimStart().startsWith("#")) continue;
    if (equals === -1) onProblem("skipping a line of os-release that has no '='");
    else if (value !== "") facts.set(`os_${line.slice(0, equals).toLowerCase()}`, withoutQuotes(value));
  }
  return facts;
}

function withoutQuotes(value: string): string {
  let from = 0;
  let to = value.length;
  while (from < to && value[from] === '"') from += 1;
  while (to > from && value[to - 1] === '"') to -= 1;
  return value.slice(from, to);
}
