// The names of users and groups, which Node.js cannot ask the system for. Only those in the local files are known: the
// master unpacks under its own user, so a missing name changes nothing there.
import { readFile } from "node:fs/promises";

export interface OwnerNames {
  /** By their numbers. */
  readonly users: ReadonlyMap<bigint, string>;
  readonly groups: ReadonlyMap<bigint, string>;
}

/** What /etc/passwd and /etc/group say; never rejects. */
export async function readOwnerNames(): Promise<OwnerNames> {
  const [users, groups] = await Promise.all([namesIn("/etc/passwd"), namesIn("/etc/group")]);
  return { users, groups };
}

// line = name ":" password ":" number …
async function namesIn(path: string): Promise<ReadonlyMap<bigint, string>> {
  const text = await readFile(path, "utf8").catch(() => ""); // then nobody has a name
  const names = new Map<bigint, string>();
  for (const line of text.split("\n")) {
    const [name = "", , number = ""] = line.split(":");
    // The first of several names of a number is the one the system gives.
    if (/^\d+$/.test(number) && !names.has(BigInt(number))) names.set(BigInt(number), name);
  }
  return names;
}
