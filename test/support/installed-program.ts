// The program as users have it: a copy of what `npm run build` has built, with the packages it cannot do without, that anybody
// may read and no build replaces under a running test. A run of tests makes one, which all its files share.
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
  copyProgram(join(root, "buildhand"));
  project.provide("installedProgram", join(root, "buildhand"));
  return () => rmSync(root, { recursive: true });
}

/** Copies the program into the directory `place`, without optional packages. */
export function copyProgram(place: string): void {
  if (!existsSync(join(checkout, "dist/program/main.js"))) throw new Error("dist/ is missing: run npm run build");
  for (const part of ["package.json", "bin", "dist"]) {
    cpSync(join(checkout, part), join(place, part), { recursive: true });
  }
  copyDependencies(join(checkout, "package.json"), place);
}

/** What the package of `manifest` cannot do without, and what those packages cannot. */
function copyDependencies(manifest: string, place: string): void {
  const { dependencies = {} } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly dependencies?: object };
  for (const name of Object.keys(dependencies)) {
    const [from, to] = [checkout, place].map((folder) => join(folder, "node_modules", name)) as [string, string];
    if (existsSync(to)) continue;
    cpSync(from, to, { recursive: true });
    copyDependencies(join(from, "package.json"), place);
  }
}
