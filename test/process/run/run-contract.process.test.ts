// The contract of runs on this system; under Wine: test/wine/run-contract.test.ts.
import { afterAll, expect, test } from "vitest";
import { PipePool } from "../../../src/process/spawn/pipe-pool.ts";
import { contractCases, contractResult } from "../../support/run-contract.ts";

const pipes = new PipePool({ onFallback: expect.unreachable });
const environment = { PATH: process.env["PATH"] ?? "" };

afterAll(() => pipes.close());

for (const one of contractCases) {
  test(one.name, async () => {
    expect(await contractResult(one, { pipes, environment })).toEqual(one.expected);
  });
}
