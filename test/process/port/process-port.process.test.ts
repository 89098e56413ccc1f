// The cases of process-port.ts on this system and, on Linux, once more on a system without /proc: this file runs itself there.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { hasProc } from "../../../src/base/platform.ts";
import { inPidNamespace } from "../../support/pid-namespace.ts";
import { runsEveryRow } from "../../support/sized.ts";
import { noSystemWithoutProc, systemWithoutProc } from "../../support/without-proc.ts";
import { describeProcesses } from "./process-port.ts";

interface JsonReport {
  readonly testResults: readonly { readonly message: string; readonly assertionResults: readonly CaseResult[] }[];
}
interface CaseResult {
  readonly fullName: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
}

/** Fewer cases than there are, so that none of them can be left out unnoticed. */
const LEAST_CASES = 50;

if (hasProc) {
  describeProcesses("Linux", { hasSupervisor: true, hasSigterm: true, reportsKept: true, hasBlindSpot: false });
  if (runsEveryRow) describeWithoutProc();
} else {
  const abilities = { hasSupervisor: true, hasSigterm: true, reportsKept: false, hasBlindSpot: true };
  describeProcesses("a system without /proc", abilities);
}

function describeWithoutProc(): void {
  test.skipIf(noSystemWithoutProc !== "")(`all of it holds without /proc${noSystemWithoutProc}`, () => {
    const system = systemWithoutProc();
    const vitest = fileURLToPath(new URL("../../../node_modules/vitest/vitest.mjs", import.meta.url));
    const config = fileURLToPath(new URL("vitest.config.ts", import.meta.url));
    const argv = [process.execPath, vitest, "run", "--config", config, "--reporter=json"];
    const [file = "", ...args] = inPidNamespace(system.words(argv));
    const { stdout, stderr } = spawnSync(file, args, { encoding: "utf8", timeout: 160_000 });
    system.remove();
    expect(stdout, stderr).toContain('{"');
    const { testResults } = JSON.parse(stdout.slice(stdout.indexOf('{"'))) as JsonReport;
    const cases = testResults.flatMap(({ assertionResults }) => assertionResults);
    const isOther = ({ status }: CaseResult) => status !== "passed";
    expect(cases.filter(isOther).map(({ fullName, failureMessages }) => [fullName, ...failureMessages])).toEqual([]);
    expect(cases.length, testResults.map(({ message }) => message).join("\n")).toBeGreaterThan(LEAST_CASES);
  });
}
