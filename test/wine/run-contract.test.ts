// The contract of runs on Windows; on this system: test/process/run/run-contract.process.test.ts. Node's Windows build runs the
// sources themselves.
import { cpSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, test } from "vitest";
import { withTails } from "../support/poll.ts";
import { contractCases } from "../support/run-contract.ts";
import { freshTestDirectory, NODE, onLinux, startWindowsProgram } from "./support/windows.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
let results: Readonly<Record<string, unknown>>;

beforeAll(async () => {
  freshTestDirectory();
  for (const part of ["package.json", "src", "test/support/run-contract.ts", "test/wine/support/contract-program.ts"]) {
    cpSync(`${root}/${part}`, onLinux(`C:\\t\\${part.replaceAll("/", "\\")}`), { recursive: true });
  }
  cpSync(onLinux("C:\\buildhand\\node_modules"), onLinux("C:\\t\\node_modules"), { recursive: true });
  const program = startWindowsProgram([NODE, "C:\\t\\test\\wine\\support\\contract-program.ts", "C:\\t\\results.json"]);
  const code = await program.exited;
  if (code !== 0) throw new Error(withTails(`the program ended with ${code}`, { output: program.output() }));
  results = JSON.parse(readFileSync(onLinux("C:\\t\\results.json"), "utf8")) as typeof results;
});

for (const { name, expected } of contractCases) {
  test(name, () => expect(results[name]).toEqual(expected));
}
