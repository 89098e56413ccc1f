// Finds the files of this package, from the sources, from dist/base and from the bundled program.
import { fileURLToPath } from "node:url";

/** The absolute path of a file relative to the root of the package. */
export function packageFile(name: string): string {
  return fileURLToPath(new URL(`../../${name}`, import.meta.url));
}
