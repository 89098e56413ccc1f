// A directory of a master for one test, with something beside it that no transfer may touch.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TransferRoot {
  readonly root: string;
  /** Beside the root. */
  readonly outside: string;
  path(...parts: string[]): string;
  text(...parts: string[]): string;
  /** All names below the root, also those of files that were to go. */
  names(): readonly string[];
  remove(): void;
}

export function transferRoot(): TransferRoot {
  const top = mkdtempSync(join(tmpdir(), "buildhand-transfers-"));
  const root = join(top, "root");
  const outside = join(top, "outside");
  for (const directory of [root, outside]) mkdirSync(directory);
  writeFileSync(join(outside, "secret"), "secret\n");
  const path = (...parts: string[]) => join(root, ...parts);
  return {
    root,
    outside,
    path,
    text: (...parts) => readFileSync(path(...parts), "utf8"),
    names: () => (readdirSync(root, { recursive: true }) as string[]).sort(),
    remove: () => rmSync(top, { recursive: true }),
  };
}
