// A small git repository for builds to clone: a project with a configure, a build and a test script.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram } from "./child-program.ts";

const files: Readonly<Record<string, string>> = {
  configure: 'echo "checking for a shell... yes"\necho "greeting=$1" > settings\n',
  "build.sh": '. ./settings\nfor part in one two three; do echo "$greeting from part $part" | tee "$part.out"; done\n',
  "test.sh": 'for part in one two three; do cat "$part.out" || exit 1; done\necho "3 tests passed" >&2\n',
};

/** Creates the repository with one commit in a new directory. */
export async function createSourceRepository(directory: string): Promise<void> {
  mkdirSync(directory);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  const author = ["-c", "user.name=Test", "-c", "user.email=test@example.invalid"];
  await runProgram(["git", "init", "--quiet", "--initial-branch=main"], directory);
  await runProgram(["git", "add", "."], directory);
  await runProgram(["git", ...author, "commit", "--quiet", "--message=Begin"], directory);
}
