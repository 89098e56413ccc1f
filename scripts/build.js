// Compiles src/ into dist/ with the TypeScript compiler of this checkout, and joins what the command line needs of it into
// dist/program/: a process that reads a few files starts in less time and memory than one that reads some two hundred. An
// installed package has no compiler and needs none: its dist/ came with the tarball.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, renameSync, rmSync } from "node:fs";
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
    process.exitCode = 1;
  }
} else {
  process.exitCode = await build(compiler);
}

async function build(compiler) {
  // Beside the old one, which programs may be running from, until it is complete.
  const fresh = join(root, ".cache", `dist-${process.pid}`);
  try {
    const compile = [compiler, "-p", join(root, "tsconfig.build.json"), "--outDir", fresh];
    const { status } = spawnSync(process.execPath, compile, { stdio: "inherit" });
    if (status !== 0) return status ?? 1;
    await joinProgram(fresh);
    // Beside whoever reads them, which is another file in the joined program.
    for (const place of [relative("src", STATIC_FILES), "program/static"]) {
      cpSync(join(root, STATIC_FILES), join(fresh, place), { recursive: true });
    }
    rmSync(join(root, "dist"), { recursive: true, force: true });
    renameSync(fresh, join(root, "dist"));
    return 0;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}

/** What is imported late stays in files of its own. */
async function joinProgram(directory) {
  const { rolldown } = await import("rolldown");
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const packages = Object.keys({ ...dependencies, ...optionalDependencies });
  const bundle = await rolldown({
    input: join(directory, "cli/main.js"),
    platform: "node",
    external: [/^node:/, ...packages],
  });
  // All that a worker needs at its start, in one: what it shares with other subcommands would be a file each.
  const codeSplitting = { groups: [{ name: "start", test: /\/cli\/start\.js$/ }] };
  // V8 keeps the text of a program, and takes two bytes for each character if one of them is not Latin-1.
  const text = { charset: "ascii", comments: false };
  await bundle.write({ dir: join(directory, "program"), chunkFileNames: "[name].js", codeSplitting, ...text });
  await bundle.close();
}

function findCompiler() {
  try {
    return join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
  } catch {
    return undefined; // not installed: the reason is told above
  }
}
