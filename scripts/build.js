// Compiles src/ into dist/ with the TypeScript compiler of this checkout. An installed package has no compiler
// and needs none: its dist/ came with the tarball.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
/** What browsers are given as it is. */
const STATIC_FILES = "src/master/web/static";
const compiler = findCompiler();

if (compiler === undefined) {
  if (!existsSync(join(root, "dist"))) {
    console.error("buildhand: dist/ is missing and TypeScript is not installed; run `npm ci` in the checkout first.");
    process.exit(1);
  }
} else {
  // Beside the old one, which programs may be running from, until it is complete.
  const fresh = join(root, ".cache", `dist-${process.pid}`);
  const compile = [compiler, "-p", join(root, "tsconfig.build.json"), "--outDir", fresh];
  const result = spawnSync(process.execPath, compile, { stdio: "inherit" });
  if (result.status === 0) {
    cpSync(join(root, STATIC_FILES), join(fresh, relative("src", STATIC_FILES)), { recursive: true });
    rmSync(join(root, "dist"), { recursive: true, force: true });
    renameSync(fresh, join(root, "dist"));
  } else {
    rmSync(fresh, { recursive: true, force: true });
  }
  process.exit(result.status ?? 1);
}

function findCompiler() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  } catch {
    return undefined; // not installed: the reason is told above
  }
}
