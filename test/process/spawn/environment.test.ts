import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { processErrors } from "../../../src/process/errors.ts";
import { mergeEnvironment } from "../../../src/process/spawn/environment.ts";

type Variables = Record<string, string>;

interface Vectors {
  readonly worker_env: Variables;
  readonly cases: readonly {
    readonly given: Record<string, unknown> | null;
    readonly result?: Variables;
    readonly error?: string;
  }[];
}

const vectors: Vectors = JSON.parse(readFileSync(new URL("../../vectors/environment.json", import.meta.url), "utf8"));

describe("the environment of a command", () => {
  test.each(vectors.cases.map((one) => [JSON.stringify(one.given), one] as const))(
    "is what Python's worker makes of %s",
    (_given, { given, result, error }) => {
      const merge = () => mergeEnvironment(vectors.worker_env, given, "/work");
      if (error === undefined) expect(merge()).toEqual({ ...result, PWD: "/work" });
      else expect(merge).toThrow(processErrors.envValue("B").message);
    },
  );

  test("lets null remove PYTHONPATH, on which Python's worker fails", () => {
    expect(mergeEnvironment({ PYTHONPATH: "/base" }, { PYTHONPATH: null }, "/w")).toEqual({ PWD: "/w" });
  });

  test("refuses lists of anything but text", () => {
    expect(() => mergeEnvironment({}, { B: ["a", 5] }, "/w")).toThrow("key 'B' is incorrect");
  });

  test("has the working directory as PWD, whatever was asked for", () => {
    expect(mergeEnvironment({ PWD: "/a" }, { PWD: "/b" }, "/w")).toEqual({ PWD: "/w" });
  });

  test("hides what Node tells its own children, and keeps NODE_OPTIONS", () => {
    const workerEnv = {
      NODE_CHANNEL_FD: "3",
      NODE_CHANNEL_SERIALIZATION_MODE: "json",
      NODE_UNIQUE_ID: "1",
      NODE_OPTIONS: "x",
    };
    expect(mergeEnvironment(workerEnv, {}, "/w")).toEqual({ NODE_OPTIONS: "x", PWD: "/w" });
  });

  test("takes names for names, also those objects are born with", () => {
    const merged = mergeEnvironment({}, { A: `<\${constructor}>`, ["__proto__"]: "text" }, "/w");
    expect(Object.entries(merged)).toEqual([
      ["A", "<>"],
      ["__proto__", "text"],
      ["PWD", "/w"],
    ]);
  });

  test("takes a dollar in the worker's value as it is", () => {
    expect(mergeEnvironment({ A: `$& \${B}` }, { C: `\${A}` }, "/w")["C"]).toBe(`$& \${B}`);
  });
});
