// The programs of this folder compiled for Node.js, with all that they import, into a directory that goes with the test:
// Node.js 20 runs no TypeScript.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const checkout = fileURLToPath(new URL("../..", import.meta.url));
const sources = [new URL("./master-program.ts", import.meta.url), new URL("./census-preload.ts", import.meta.url)];

export interface CompiledPrograms {
  /** A master that does what it is told by messages of its parent. */
  readonly master: string;
  /** To be loaded with `--import`: has a program tell what it holds. */
  readonly census: string;
  remove(): void;
}

/** Compiles them; takes a second or two. */
export function compilePrograms(): CompiledPrograms {
  const root = mkdtempSync(join(tmpdir(), "buildhand-programs-"));
  const files = sources.map((url) => fileURLToPath(url));
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
  const [master = "", census = ""] = files.map((file) => join(root, relative(checkout, file).replace(/\.ts$/, ".js")));
  return { master, census, remove: () => rmSync(root, { recursive: true }) };
}
