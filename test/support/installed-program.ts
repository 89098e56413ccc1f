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
  const { dependencies } = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8")) as {
    readonly dependencies: object;
  };
  copyProgram(join(root, "buildhand"), "dist", Object.keys(dependencies));
  project.provide("installedProgram", join(root, "buildhand"));
  return () => rmSync(root, { recursive: true });
}

/** Copies the program into the directory `place`, with the packages of a worker, and without modules that it is bundled from. */
export function copyProgram(place: string, built = "dist/program", packages = ["iconv-lite", "ws"]): void {
  if (!existsSync(join(checkout, "dist/program/main.js"))) throw new Error("dist/ is missing: run npm run build");
  for (const part of ["package.json", "bin", built]) copy(part, place);
  for (const name of packages) copyPackage(join("node_modules", name), place);
}

/** A package with those that it cannot do without. */
function copyPackage(path: string, place: string): void {
  if (existsSync(join(place, path))) return;
  copy(path, place);
  const manifest = readFileSync(join(checkout, path, "package.json"), "utf8");
  const { dependencies = {} } = JSON.parse(manifest) as { readonly dependencies?: object };
  for (const name of Object.keys(dependencies)) copyPackage(join("node_modules", name), place);
}

/** Copies a file or directory of the checkout to the same path in `place`; Node.js takes longer than `cp` for many files. */
function copy(path: string, place: string): void {
  mkdirSync(dirname(join(place, path)), { recursive: true });
  execFileSync("cp", ["-Rp", join(checkout, path), join(place, path)]);
}
