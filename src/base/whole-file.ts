// Writes a file atomically: other programs see the old or the new content, never a part.
import { chmodSync, chownSync, existsSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** Default owner: the current user. */
interface FileAccess {
  readonly mode: number;
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

/** Replaces the file, or the link itself rather than its target. Throws the system's error. */
export function writeWholeFile(path: string, text: string, { mode, owner }: FileAccess): void {
  const draft = `${path}.${process.pid}`;
  try {
    writeFileSync(draft, text, { flag: "wx", mode });
    chmodSync(draft, mode);
    if (owner !== undefined) chownSync(draft, owner.uid, owner.gid);
    renameSync(draft, path);
  } catch (error) {
    if (existsSync(draft)) rmSync(draft);
    throw error;
  }
}
