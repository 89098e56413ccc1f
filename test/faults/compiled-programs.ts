// The programs of this folder joined for Node.js with all of this checkout that they import, once for all tests of a run:
// Node.js 20 runs no TypeScript, and one file starts faster than many.
import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { inject } from "vitest";

const checkout = fileURLToPath(new URL("../..", import.meta.url));
const sources = [new URL("./master-program.ts", import.meta.url), new URL("./census-preload.ts", import.meta.url)].map(
  (url) => fileURLToPath(url),
);
/** As deep below package.json as the modules in it are, which look for that. */
const FOLDER = "test/faults";
const PACKAGES = /^[^./]/;

export interface CompiledPrograms {
  /** A master that does what it is told by messages of its parent. */
  readonly master: string;
  /** To be loaded with `--import`: has a program tell what it holds. */
  readonly census: string;
}

/** Compiles them if no test has yet. They are removed with the installed program. */
export async function compiledPrograms(): Promise<CompiledPrograms> {
  const shared = dirname(inject("installedProgram"));
  const place = join(shared, "fault-programs");
  if (!existsSync(place)) await compile(shared, place);
  const [master = "", census = ""] = sources.map((path) => join(place, FOLDER, `${basename(path, ".ts")}.js`));
  return { master, census };
}

/** Into `place`, which is complete as soon as it is there: files that are tested at the same time may both begin. */
async function compile(shared: string, place: string): Promise<void> {
  const root = mkdtempSync(join(shared, "compiling-"));
  const bundle = await rolldown({ input: sources, platform: "node", external: PACKAGES });
  await bundle.write({ dir: join(root, FOLDER) });
  await bundle.close();
  copyFileSync(join(checkout, "package.json"), join(root, "package.json"));
  symlinkSync(join(checkout, "node_modules"), join(root, "node_modules"));
  try {
    renameSync(root, place);
  } catch (error) {
    if (!existsSync(place)) throw error;
    rmSync(root, { recursive: true });
  }
}
