import { describe, expect, it } from "vitest";
import { baseErrors } from "../../../src/base/errors.ts";
import { Float } from "../../../src/base/python-values.ts";
import { sessionErrors } from "../../../src/session/errors.ts";
import type { MsgpackValue } from "../../../src/wire/msgpack/values.ts";
import { readWorkerSettings } from "../../../src/worker/msgpack/msgpack-settings.ts";
import { MASTERS_SETTINGS } from "../../support/fake-msgpack-master.ts";

const read = (changes: Readonly<Record<string, MsgpackValue>> = {}) =>
  readWorkerSettings(new Map(Object.entries({ ...MASTERS_SETTINGS, ...changes })));

describe("the settings of a master", () => {
  it("are rules for output: the masters' own expression is what the worker does anyway", () => {
    expect(read()).toEqual({
      rules: {
        batchLimitBytes: 65_536,
        longestIntervalMs: 1000,
        lineLimitBytes: 4096,
        isTimed: true,
      },
      warning: undefined,
    });
  });

  it("with an expression of their own are warned of, in one line that is not long", () => {
    const { rules, warning } = read({ newline_re: `(?<=\n${"x".repeat(1000)})` });
    expect(rules).toEqual(read().rules);
    expect(warning).toMatch(/^the master's newline_re "\(\?<=\\n/);
    expect(warning).not.toContain("\n");
    expect(warning!.length).toBeLessThan(400);
  });

  it("take floats, and bytes for the expression", () => {
    const { rules, warning } = read({
      buffer_timeout: new Float(0.5),
      newline_re: Buffer.from(String(MASTERS_SETTINGS["newline_re"])),
    });
    expect(rules.longestIntervalMs).toBe(100);
    expect(warning).toBeUndefined();
  });

  it("of any size stay within what a worker can hold and wait", () => {
    const { rules } = read({ buffer_size: 2 ** 40, buffer_timeout: 10 ** 9 });
    expect(rules.batchLimitBytes).toBe(2 * 1024 * 1024);
    expect(rules.longestIntervalMs).toBe(720_000);
  });

  it.each(Object.keys(MASTERS_SETTINGS))("without %s are refused", (name) => {
    const args = new Map(Object.entries(MASTERS_SETTINGS));
    args.delete(name);
    expect(() => readWorkerSettings(args)).toThrow(expect.toSatisfy(sessionErrors.missingField.is));
  });

  it.each<[string, MsgpackValue]>([
    ["buffer_size", 0],
    ["buffer_size", "65536"],
    ["buffer_size", null],
    ["buffer_timeout", -1],
    ["buffer_timeout", new Float(Number.NaN)],
    ["max_line_length", 0],
    ["max_line_length", true],
    ["newline_re", 5],
    ["newline_re", Buffer.from([0xff])],
  ])("with a bad %s, %j, are refused", (name, value) => {
    expect(() => read({ [name]: value })).toThrow(expect.toSatisfy(baseErrors.badArguments.is));
  });
});
