// Directories that a real program takes seconds to make: a run of tests makes each once, and copies it.
import { cpSync, existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { inject } from "vitest";

/** Copies to `place` what `make` makes at the path it is given. The original is removed with the installed program. */
export async function copyOnceMade(
  name: string,
  place: string,
  make: (path: string) => Promise<unknown>,
): Promise<void> {
  const shared = dirname(inject("installedProgram"));
  const original = join(shared, name);
  if (!existsSync(original)) {
    // Files that are tested at the same time may all make one; the first is kept.
    const scratch = mkdtempSync(join(shared, "making-"));
    await make(join(scratch, "made"));
    try {
      renameSync(join(scratch, "made"), original);
    } catch (error) {
      if (!existsSync(original)) throw error;
    }
    rmSync(scratch, { recursive: true });
  }
  cpSync(original, place, { recursive: true });
}
