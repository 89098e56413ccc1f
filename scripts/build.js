// Compiles src/ into dist/ with the TypeScript compiler of this checkout. An installed package has no compiler
// and needs none: its dist/ came with the tarball.
import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const compiler = findCompiler();

if (compiler === undefined) {
  if (!existsSync(join(root, "dist"))) {
    console.error("buildhand: dist/ is missing and TypeScript is not installed; run `npm ci` in the checkout first.");
    process.exit(1);
  }
} else {
  rmSync(join(root, "dist"), { recursive: true, force: true });
  const result = spawnSync(process.execPath, [compiler, "-p", join(root, "tsconfig.build.json")], { stdio: "inherit" });
  process.exit(result.status ?? 1);
}

function findCompiler() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  } catch {
    return undefined; // not installed: the reason is told above
  }
}
