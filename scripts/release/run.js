// Other programs, which must succeed.
import { spawnSync } from "node:child_process";

/** What the program printed. Throws with its messages when it fails. */
export function run(file, args, cwd, input = "") {
  const { status, stdout, stderr, error } = spawnSync(file, args, { cwd, input, encoding: "utf8" });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${file} ${args.join(" ")} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}
