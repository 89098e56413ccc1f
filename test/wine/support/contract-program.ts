// Runs the contract of runs on Windows, and writes the results by name into the file that is its argument.
import { writeFileSync } from "node:fs";
import { useSystemRules } from "../../../src/base/system-rules.ts";
import { windowsRules } from "../../../src/base/windows/index.ts";
import { openWindowsChildren } from "../../../src/process/windows/index.ts";
import { contractCases, contractResult } from "../../support/run-contract.ts";

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
pipes.close();
writeFileSync(process.argv[2] ?? "", JSON.stringify(results));
