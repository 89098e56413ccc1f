// A file that other programs find as it was or as it is now, never a part of it.
import { chmodSync, chownSync, existsSync, renameSync, rmSync, writeFileSync } from "node:fs";

/** Default owner: whoever runs this. */
interface FileAccess {
  readonly mode: number;
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
}

/** Replaces what has this name, a link and not what it leads to. Throws what the system says. */
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
