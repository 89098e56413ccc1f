// Runs what must hold on every system on Windows, and writes the results by name into the file that is its argument.
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { useSystemRules } from "../../../src/base/system-rules.ts";
import { windowsRules } from "../../../src/base/windows/index.ts";
import { openWindowsChildren } from "../../../src/process/windows/index.ts";
import { commandCases } from "../../support/contract/command-cases.ts";
import { programCases } from "../../support/contract/program-cases.ts";
import { contractCases, contractResult } from "../../support/contract/run-cases.ts";
import { resultOf } from "../../support/contract/system-case.ts";

type Call = (...args: readonly unknown[]) => number | bigint;
interface Koffi {
  load(library: string): { func(prototype: string): Call };
}

const GENERIC_READ = 0x8000_0000;
const OPEN_EXISTING = 3;
const INVALID_HANDLE = -1;

useSystemRules(windowsRules(() => ({ ansi: 1252, oem: 437 })));
const pipes = openWindowsChildren({
  baseDirectory: process.cwd(),
  onUnsupervised(reason) {
    throw new Error(reason);
  },
});
const variables = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
const environment = Object.fromEntries(variables.map(([name, value]) => [name.toUpperCase(), value]));
const results: Record<string, unknown> = {};
for (const one of contractCases) results[one.name] = await contractResult(one, { pipes, environment });
const system = { pipes, environment, openAlone, program: "C:\\buildhand\\bin\\buildhand.js" };
for (const one of [...commandCases, ...programCases]) {
  const beganMs = performance.now();
  results[one.name] = await resultOf(one, system);
  console.log(`${Math.round(performance.now() - beganMs)} ms: ${one.name}`);
}
pipes.close();
writeFileSync(process.argv[2] ?? "", JSON.stringify(results));

/** Shares the file with nobody, which Node.js cannot: whoever wants to remove it gets a sharing violation. */
function openAlone(path: string): () => void {
  const koffi = createRequire(import.meta.url)(`@koromix/koffi-win32-${process.arch}`) as Koffi;
  const kernel = koffi.load("kernel32.dll");
  const createFile = kernel.func(
    "intptr_t __stdcall CreateFileW(str16, uint32_t, uint32_t, void*, uint32_t, uint32_t, intptr_t)",
  );
  const closeHandle = kernel.func("int __stdcall CloseHandle(intptr_t)");
  const handle = createFile(path, GENERIC_READ, 0, null, OPEN_EXISTING, 0, 0);
  if (Number(handle) === INVALID_HANDLE) throw new Error(`${path} cannot be opened`);
  return () => void closeHandle(handle);
}
