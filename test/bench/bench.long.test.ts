// The benchmark suite's program: that it measures, and says no to what makes no sense. What it measures is not judged.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const PROGRAM = fileURLToPath(new URL("../../bench/main.js", import.meta.url));

interface Report {
  readonly failures: readonly string[];
  readonly scenarios: readonly {
    readonly name: string;
    readonly measured: { readonly ours: readonly Readonly<Record<string, number>>[] };
  }[];
}

let scratch: string;
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "buildhand-bench-test-"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function bench(...argv: string[]) {
  return spawnSync(process.execPath, [PROGRAM, ...argv], { encoding: "utf8" });
}

describe("the benchmark suite", () => {
  it("runs the scenarios that were named, as often as was said, and writes every figure as JSON", () => {
    const path = join(scratch, "report.json");
    const { status, stdout } = bench("--only", "start", "--only", "files", "--runs", "2", "--anyway", "--json", path);
    expect(stdout).toContain("start to attached");
    expect(status).toBe(0);
    const { failures, scenarios }: Report = JSON.parse(readFileSync(path, "utf8"));
    expect(failures).toEqual([]);
    expect(scenarios.map(({ name }) => name)).toEqual(["start", "files"]);
    for (const { measured } of scenarios) {
      expect(measured.ours).toHaveLength(2);
      for (const figures of measured.ours) {
        expect(figures["wallMs"]).toBeGreaterThan(0);
        expect(figures["cpuMs"]).toBeGreaterThan(0);
      }
    }
  });

  it.each([
    [["--only", "nothing"], "--only must name a scenario, not nothing"],
    [["--runs", "0"], "--runs must be a whole number from 1, not 0"],
    [["--page", "--profile"], "--page and --compare must be made without --profile"],
  ])("refuses %j", (argv, sentence) => {
    const { status, stdout } = bench(...argv);
    expect(stdout).toContain(sentence);
    expect(status).toBe(2);
  });
});
