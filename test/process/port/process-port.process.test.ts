// The cases of process-port.ts on this system and, on Linux, once more on a system without /proc: this file runs itself there.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { hasProc } from "../../../src/base/platform.ts";
import { inPidNamespace } from "../../support/pid-namespace.ts";
import { noSystemWithoutProc, systemWithoutProc } from "../../support/without-proc.ts";
import { describeProcesses } from "./process-port.ts";

if (hasProc) {
  describeProcesses("Linux", { hasSigterm: true, reportsKept: true, hasBlindSpot: false });
  test.skipIf(noSystemWithoutProc !== "")(`all of it holds without /proc${noSystemWithoutProc}`, () => {
    const system = systemWithoutProc();
    const vitest = fileURLToPath(new URL("../../../node_modules/vitest/vitest.mjs", import.meta.url));
    const config = fileURLToPath(new URL("vitest.config.ts", import.meta.url));
    const argv = [process.execPath, vitest, "run", "--config", config, "--reporter=json"];
    const [file = "", ...args] = inPidNamespace(system.words(argv));
    const { stdout, stderr } = spawnSync(file, args, { encoding: "utf8", timeout: 150_000 });
    system.remove();
    const report = JSON.parse(stdout.slice(stdout.indexOf("{")));
    expect(report, stdout + stderr).toMatchObject({ success: true, numFailedTests: 0, numPendingTests: 0 });
    expect(report.numPassedTests).toBeGreaterThan(15);
  });
} else {
  describeProcesses("a system without /proc", { hasSigterm: true, reportsKept: false, hasBlindSpot: true });
}
