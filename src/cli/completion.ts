// buildhand completion: prints the completion script for a shell. The build generates the scripts from the table of commands.
import { readFileSync } from "node:fs";
import { baseErrors } from "../base/errors.ts";
import { packageFile } from "../base/package-file.ts";
import type { ParsedOptions } from "./option-parser.ts";

const SHELLS = ["bash", "zsh", "fish"];

/** Resolves to the exit code. Throws usage errors. */
export async function completion({ rest: [shell = "", ...more] }: ParsedOptions): Promise<number> {
  if (!SHELLS.includes(shell) || more.length > 0) throw baseErrors.usage(`expected one of ${SHELLS.join(", ")}`);
  process.stdout.write(readFileSync(packageFile(`dist/completion/buildhand.${shell}`)));
  return 0;
}
