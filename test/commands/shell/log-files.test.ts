import { describe, expect, test } from "vitest";
import { Float, Tuple } from "../../../src/base/python-values.ts";
import type { ArgumentValue } from "../../../src/commands/arguments.ts";
import { commandsErrors } from "../../../src/commands/errors.ts";
import { readLogFiles } from "../../../src/commands/shell/log-files.ts";

const read = (logfiles: ArgumentValue) => readLogFiles({ logfiles, workdir: "/w" });
const described = (description: Record<string, ArgumentValue>) =>
  read(new Map([["a", new Map(Object.entries(description))]]));

describe("log files", () => {
  test("are read below the work directory, in the order in which they come", () => {
    const given = new Map([
      ["b", "sub/../b.log"],
      ["a", "/abs/a.log"],
      ["c", "~/c"],
    ]);
    expect(read(given)).toEqual([
      { name: "b", path: "/w/sub/../b.log", follow: false },
      { name: "a", path: "/abs/a.log", follow: false },
      { name: "c", path: "/w/~/c", follow: false },
    ]);
    expect(read(new Map())).toEqual([]);
  });

  test.each<[Record<string, ArgumentValue>, boolean]>([
    [{}, false],
    [{ follow: true }, true],
    [{ follow: 1 }, true],
    [{ follow: false }, false],
    [{ follow: null }, false],
    [{ other: true }, false],
  ])("may be described by a dictionary: %j", (options, follow) => {
    expect(described({ filename: "a.log", ...options })).toEqual([{ name: "a", path: "/w/a.log", follow }]);
  });

  test("are a thousand at most", () => {
    const files = (count: number) => new Map(Array.from({ length: count }, (_, number) => [`log ${number}`, "a"]));
    expect(read(files(1000))).toHaveLength(1000);
    expect(() => read(files(1001))).toThrow("more than 1000 log files");
  });

  test.each<[ArgumentValue, string]>([
    [[], "'list' object has no attribute 'items'"],
    [["a.log"], "'list' object has no attribute 'items'"],
    ["a.log", "'str' object has no attribute 'items'"],
    [5, "'int' object has no attribute 'items'"],
    [5n, "'int' object has no attribute 'items'"],
    [0.5, "'float' object has no attribute 'items'"],
    [new Float(0), "'float' object has no attribute 'items'"],
    [false, "'bool' object has no attribute 'items'"],
    [new Tuple([]), "'tuple' object has no attribute 'items'"],
  ])("are a dictionary: not %o", (value, sentence) => {
    expect(() => read(value)).toThrow(commandsErrors.logfilesType(sentence.split("'")[1]!));
    expect(() => read(value)).toThrow(sentence);
  });

  test.each<[ArgumentValue, string]>([
    [null, "NoneType"],
    [5, "int"],
    [true, "bool"],
    [["a.log"], "list"],
    [new Tuple(["a.log"]), "tuple"],
  ])("have a text as name: not %o", (value, type) => {
    const sentence = `join() argument must be str, bytes, or os.PathLike object, not '${type}'`;
    expect(() => read(new Map([["a", value]]))).toThrow(sentence);
    expect(() => described({ filename: value })).toThrow(sentence);
  });

  test("have a name in their description", () => {
    expect(() => described({ follow: true })).toThrow(commandsErrors.missingKey("filename"));
  });
});
