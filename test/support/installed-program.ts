// The program as users have it: a copy of what `npm run build` has built, with the packages it cannot do without, that anybody
// may read and no build replaces under a running test. A run of tests makes one, which all its files share.
import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** The directory of the shared copy, which no test may change. */
    readonly installedProgram: string;
  }
}

const checkout = fileURLToPath(new URL("../..", import.meta.url));

/** Called by vitest before the first test of a project that needs the program. */
export default function setUp(project: TestProject): () => void {
  const root = mkdtempSync(join(tmpdir(), "buildhand-installed-"));
  chmodSync(root, 0o755);
  copyProgram(join(root, "buildhand"), { isWhole: true });
  project.provide("installedProgram", join(root, "buildhand"));
  return () => rmSync(root, { recursive: true });
}

/** Copies the program into the directory `place`: what a worker needs, or all but the optional packages. */
export function copyProgram(place: string, { isWhole = false } = {}): void {
  if (!existsSync(join(checkout, "dist/program/main.js"))) throw new Error("dist/ is missing: run npm run build");
  for (const part of ["package.json", "bin", isWhole ? "dist" : "dist/program"]) copy(part, place);
  copyDependencies("", place, isWhole ? undefined : ["iconv-lite", "ws"]);
}

/** What the package at this path cannot do without, or these of it, and what those packages cannot. */
function copyDependencies(path: string, place: string, some?: readonly string[]): void {
  const manifest = readFileSync(join(checkout, path, "package.json"), "utf8");
  const { dependencies = {} } = JSON.parse(manifest) as { readonly dependencies?: object };
  for (const needed of (some ?? Object.keys(dependencies)).map((name) => join("node_modules", name))) {
    if (existsSync(join(place, needed))) continue;
    copy(needed, place);
    copyDependencies(needed, place);
  }
}

/** Copies a file or directory of the checkout to the same path in `place`; Node.js takes longer than `cp` for many files. */
function copy(path: string, place: string): void {
  mkdirSync(dirname(join(place, path)), { recursive: true });
  execFileSync("cp", ["-Rp", join(checkout, path), join(place, path)]);
}
