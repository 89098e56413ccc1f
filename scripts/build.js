// Compiles src/ into dist/ with the TypeScript compiler of this checkout, and joins what the command line needs of it into
// dist/program/: a process that reads a few files starts in less time and memory than one that reads some two hundred. An
// installed package has no compiler and needs none: its dist/ came with the tarball. Does nothing while dist/ is newer than all
// that it is made from. Where the tools are not installed, as after `npm ci --omit=dev`, it works on a copy that has them.
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { completionScripts } from "./completion/scripts.js";
import { manPages } from "./man-pages.js";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
/** What browsers are given as it is. */
const STATIC_FILES = "src/master/web/static";
/** What dist/ is made from; package.json and its lock stand for the packages. */
const SOURCES = [
  "src",
  "scripts/build.js",
  "scripts/completion",
  "scripts/man-pages.js",
  "docs/reference/exit-codes.md",
  "docs/reference/files.md",
  "tsconfig.json",
  "tsconfig.build.json",
  "package.json",
  "package-lock.json",
];
/** Written last; its time is that of the moment before the sources were read. */
const PROGRAM = "program/main.js";
/** The packages, of those for development, that are needed here. */
const TOOLS = ["@types/node", "@types/ws", "rolldown", "typescript"];
/** An argument: never to build a copy of what is itself one. */
const HERE = "--here";

if (isCloneOfGlobalInstall()) {
  console.error("buildhand: npm cannot install from a git address with --global: leave it out, or install a release");
  process.exitCode = 1;
} else if (existsSync(join(root, "src")) && !isUpToDate()) {
  if (TOOLS.every(isInstalled)) process.exitCode = await build();
  else if (!process.argv.includes(HERE)) process.exitCode = buildCopy();
}

/** npm would leave a link to its own clone, which it removes, and call that a success. */
function isCloneOfGlobalInstall() {
  return process.env.npm_config_global === "true" && /[\\/]_cacache[\\/]tmp[\\/]/.test(root);
}

function isUpToDate() {
  const built = statSync(join(root, "dist", PROGRAM), { throwIfNoEntry: false });
  return built !== undefined && SOURCES.every((source) => newestMs(join(root, source)) < built.mtimeMs);
}

/** A directory's own time tells when a file in it was renamed or removed. */
function newestMs(path) {
  const own = statSync(path);
  if (!own.isDirectory()) return own.mtimeMs;
  const inside = readdirSync(path, { recursive: true }).map((name) => statSync(join(path, name)).mtimeMs);
  return Math.max(own.mtimeMs, ...inside);
}

async function build() {
  const began = new Date();
  // Beside the old one, which programs may be running from, until it is complete.
  const place = join(root, ".cache", `build-${process.pid}`);
  const fresh = join(place, "dist");
  try {
    // Whose version its modules ask for.
    cpSync(join(root, "package.json"), join(place, "package.json"));
    const compile = [
      join(packageFolder("typescript"), "bin", "tsc"),
      "-p",
      join(root, "tsconfig.build.json"),
      "--outDir",
      fresh,
    ];
    const { status } = spawnSync(process.execPath, compile, { stdio: "inherit" });
    if (status !== 0) return status ?? 1;
    await joinProgram(fresh);
    // Node.js starts faster without its loader of ES modules.
    writeFileSync(join(fresh, "program", "package.json"), '{ "type": "commonjs" }\n');
    await writeTexts(fresh);
    // Next to the file that reads them, which is another one in the joined program.
    for (const folder of [relative("src", STATIC_FILES), "program/static"]) {
      cpSync(join(root, STATIC_FILES), join(fresh, folder), { recursive: true });
    }
    utimesSync(join(fresh, PROGRAM), began, began);
    rmSync(join(root, "dist"), { recursive: true, force: true });
    renameSync(fresh, join(root, "dist"));
    return 0;
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** The manual pages and the completion scripts, made of the tables of the command line. */
async function writeTexts(directory) {
  const tables = await import(pathToFileURL(join(directory, "cli/subcommands.js")).href);
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const [exitCodes, files] = ["exit-codes", "files"].map((name) =>
    readFileSync(join(root, `docs/reference/${name}.md`), "utf8"),
  );
  const pages = manPages(tables, { version, exitCodes, files });
  for (const [folder, files] of Object.entries({ man: pages, completion: completionScripts(tables) })) {
    mkdirSync(join(directory, folder));
    for (const [name, text] of files) writeFileSync(join(directory, folder, name), text);
  }
}

/** What is imported late stays in files of its own. */
async function joinProgram(directory) {
  const { rolldown } = await import("rolldown");
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const packages = Object.keys({ ...dependencies, ...optionalDependencies });
  const external = [/^node:/, ...packages];
  // No module does anything by being loaded, so that of a folder's entry file only what is used comes along.
  const treeshake = { moduleSideEffects: false };
  // No comments with the names of modules: the directory's changes from build to build.
  const experimental = { attachDebugInfo: "none" };
  const common = { platform: "node", external, experimental };
  const bundle = await rolldown({ input: join(directory, "cli/main.js"), treeshake, ...common });
  // All that a worker needs at its start, in one: what it shares with other subcommands would be a file each.
  const codeSplitting = {
    groups: [
      { name: "start", test: /\/cli\/start\.js$/ },
      { name: "relay", test: /\/transport\/relay\// },
      // For commands that only check it.
      { name: "master-config", test: /\/master\/config\// },
    ],
  };
  // V8 keeps and parses the text of a program, and takes two bytes for each character if one of them is not Latin-1.
  // Functions and classes keep their names, for stack traces.
  const text = {
    format: "cjs",
    charset: "ascii",
    comments: false,
    minify: { compress: false, mangle: { keepNames: true }, codegen: true },
  };
  await bundle.write({ dir: join(directory, "program"), chunkFileNames: "[name].js", codeSplitting, ...text });
  await bundle.close();
  // A worker holds its text, so that it is one file with nothing to import.
  const launcher = await rolldown({ input: join(directory, "process/spawn/launcher-program.js"), ...common });
  await launcher.write({ dir: join(directory, "program"), ...text });
  await launcher.close();
}

function isInstalled(name) {
  return packageFolder(name) !== undefined;
}

function packageFolder(name) {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  return folders.map((folder) => join(folder, name)).find((folder) => existsSync(join(folder, "package.json")));
}

/** Builds a copy of the sources with the tools, in the versions of the lock file, and takes its dist/. */
function buildCopy() {
  const copy = join(root, ".cache", `build-${process.pid}`);
  try {
    mkdirSync(copy, { recursive: true });
    for (const source of SOURCES) cpSync(join(root, source), join(copy, source), { recursive: true });
    const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const devDependencies = Object.fromEntries(TOOLS.map((name) => [name, manifest.devDependencies[name]]));
    writeFileSync(join(copy, "package.json"), JSON.stringify({ ...manifest, devDependencies }));
    // npm gives a script its own settings, such as --omit=dev and --global, as variables.
    const settings = ["--include=dev", "--no-global", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", copy];
    const installed = spawnSync("npm", ["install", ...settings], { cwd: copy, stdio: ["ignore", "ignore", "inherit"] });
    const built =
      installed.status === 0 &&
      spawnSync(process.execPath, [join(copy, "scripts", "build.js"), HERE], { stdio: "inherit" }).status === 0 &&
      existsSync(join(copy, "dist", PROGRAM));
    if (!built) {
      console.error("buildhand: dist/ could not be built: its tools are not installed, and npm could not fetch them");
      return 1;
    }
    rmSync(join(root, "dist"), { recursive: true, force: true });
    renameSync(join(copy, "dist"), join(root, "dist"));
    return 0;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
