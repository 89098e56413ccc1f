// The programs of this folder compiled for Node.js, with all that they import, once for all tests of a run: Node.js 20 runs
// no TypeScript.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { inject } from "vitest";

const checkout = fileURLToPath(new URL("../..", import.meta.url));
const sources = [new URL("./master-program.ts", import.meta.url), new URL("./census-preload.ts", import.meta.url)];

export interface CompiledPrograms {
  /** A master that does what it is told by messages of its parent. */
  readonly master: string;
  /** To be loaded with `--import`: has a program tell what it holds. */
  readonly census: string;
}

/** Compiles them if no test has yet, which takes a second or two. They are removed with the installed program. */
export function compiledPrograms(): CompiledPrograms {
  const shared = dirname(inject("installedProgram"));
  const place = join(shared, "fault-programs");
  const files = sources.map((url) => fileURLToPath(url));
  if (!existsSync(place)) compile(files, shared, place);
  const [master = "", census = ""] = files.map((file) => join(place, relative(checkout, file).replace(/\.ts$/, ".js")));
  return { master, census };
}

/** Into `place`, which is complete as soon as it is there: files that are tested at the same time may both begin. */
function compile(files: readonly string[], shared: string, place: string): void {
  const root = mkdtempSync(join(shared, "compiling-"));
  const configuration = {
    extends: join(checkout, "tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      noCheck: true,
      rootDir: checkout,
      outDir: root,
      typeRoots: [join(checkout, "node_modules/@types")],
    },
    include: [],
    files,
  };
  writeFileSync(join(root, "tsconfig.json"), JSON.stringify(configuration));
  const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
  const { status, stdout } = spawnSync(process.execPath, [compiler, "-p", root], { encoding: "utf8" });
  if (status !== 0) throw new Error(`the programs cannot be compiled: ${stdout}`);
  copyFileSync(join(checkout, "package.json"), join(root, "package.json"));
  symlinkSync(join(checkout, "node_modules"), join(root, "node_modules"));
  try {
    renameSync(root, place);
  } catch (error) {
    if (!existsSync(place)) throw error;
    rmSync(root, { recursive: true });
  }
}
