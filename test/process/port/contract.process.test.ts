// What must hold on every system, on this one and, by process-port.process.test.ts, once more without /proc; under Wine:
// test/wine/contract.test.ts.
import { closeSync, openSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PipePool } from "../../../src/process/spawn/pipe-pool.ts";
import { loadProcessSupport } from "../../../src/process/tree/index.ts";
import { commandCases, linkCases } from "../../support/contract/command-cases.ts";
import { programCases } from "../../support/contract/program-cases.ts";
import { contractCases, contractResult } from "../../support/contract/run-cases.ts";
import { resultOf } from "../../support/contract/system-case.ts";
import { rowsOf } from "../../support/sized.ts";

const pipes = new PipePool({ onFallback: () => {} });
const environment = { PATH: process.env["PATH"] ?? "" };
const system = {
  pipes,
  environment,
  program: resolve("bin/buildhand.js"),
  openAlone(path: string) {
    const file = openSync(path, "r");
    return () => closeSync(file);
  },
};

beforeAll(loadProcessSupport);
afterAll(() => pipes.close());

describe("a run:", () => {
  for (const one of contractCases) {
    test(one.name, async () => {
      expect(await contractResult(one, { pipes, environment })).toEqual(one.expected);
    });
  }
});

describe.each([
  ["a command", [...commandCases, ...linkCases]],
  ["the program", rowsOf(programCases, ({ isWellTestedOnPosix }) => !isWellTestedOnPosix)],
])("%s:", (_what, cases) => {
  for (const one of cases) {
    test(one.name, async () => {
      expect(await resultOf(one, system)).toEqual(one.expected);
    });
  }
});
