// What must hold on every system, on Windows; on this one: test/process/port/contract.process.test.ts. Node's Windows build runs
// the sources themselves.
import { cpSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { commandCases } from "../support/contract/command-cases.ts";
import { programCases } from "../support/contract/program-cases.ts";
import { contractCases } from "../support/contract/run-cases.ts";
import { withTails } from "../support/poll.ts";
import { freshTestDirectory, NODE, onLinux, startWindowsProgram } from "./support/windows.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Many programs start, and Wine is slow. */
const LIMIT_MS = 240_000;
let results: Readonly<Record<string, unknown>>;

beforeAll(async () => {
  freshTestDirectory();
  const support = ["test/support/contract", "test/support/default-rules.ts", "test/support/poll.ts"];
  for (const part of ["package.json", "src", ...support, "test/wine/support/contract-program.ts"]) {
    cpSync(`${root}/${part}`, onLinux(`C:\\t\\${part.replaceAll("/", "\\")}`), { recursive: true });
  }
  cpSync(onLinux("C:\\buildhand\\node_modules"), onLinux("C:\\t\\node_modules"), { recursive: true });
  const program = startWindowsProgram([NODE, "C:\\t\\test\\wine\\support\\contract-program.ts", "C:\\t\\results.json"]);
  const code = await program.exited;
  if (code !== 0) throw new Error(withTails(`the program ended with ${code}`, { output: program.output() }));
  results = JSON.parse(readFileSync(onLinux("C:\\t\\results.json"), "utf8")) as typeof results;
}, LIMIT_MS);

describe.each([
  ["a run", contractCases],
  ["a command", commandCases],
  ["the program", programCases],
] as const)("%s:", (_what, cases) => {
  for (const { name, expected } of cases) test(name, () => expect(results[name]).toEqual(expected));
});
