// Where the files of this package are, from the sources as well as from dist/base and from the joined program.
import { fileURLToPath } from "node:url";

/** The absolute path of a file that is named from the root of the package. */
export function packageFile(name: string): string {
  return fileURLToPath(new URL(`../../${name}`, import.meta.url));
}
