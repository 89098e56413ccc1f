import { describe, expect, it } from "vitest";
import { pythonLibrary } from "../../../src/config/python/library.ts";
import { parseProgram } from "../../../src/config/python/parse.ts";
import { run } from "../../../src/config/python/run.ts";
import { pythonSource } from "../../../src/config/python/source.ts";
import type { Value } from "../../../src/config/python/value.ts";

function namesAfter(program: string): Record<string, unknown> {
  const source = pythonSource("buildbot.tac", program);
  const names = new Map<string, Value>();
  run(parseProgram(source), { source, names, library: pythonLibrary({ directory: "/", environment: {} }) });
  return Object.fromEntries([...names].map(([name, value]) => [name, "value" in value ? value.value : value.kind]));
}

describe("statements", () => {
  it.each([
    ["a = b = 1", { a: 1, b: 1 }],
    ["a = 1; b = 2;", { a: 1, b: 2 }],
    ["a = 1 + \\\n  2", { a: 3 }],
    ["a = (1\n\n# comment\n  + 2)", { a: 3 }],
    ["\ufeff# -*- coding: utf-8 -*-\r\na = 1\r\nb = 2\r", { a: 1, b: 2 }],
    ["'''docstring\n'''\na = 1", { a: 1 }],
    ["if 1: a = 1; b = 2\nelse: a = 3", { a: 1, b: 2 }],
    ["if 0:\n  a = 1\nelif 0:\n  a = 2\nelif 1:\n\ta = 3\n\n  # comment\nelse:\n  a = 4\nb = 5", { a: 3, b: 5 }],
    ["if 0:\n    if 1:\n        a = 1\nelse:\n    pass\n", {}],
    [
      "try:\n  a = 1\nexcept (ImportError, OSError) as e:\n  a = 2\nelse:\n  b = 3\nfinally:\n  c = 4",
      { a: 1, b: 3, c: 4 },
    ],
    [
      "import os, sys as s, os.path\nfrom twisted.python import (log, usage as u,)",
      { os: "object", s: "object", log: "object", u: "object" },
    ],
    ["if True:\n    a = 'x'", { a: "x" }],
    ["", {}],
  ])("%j sets %j", (program, expected) => {
    expect(namesAfter(program)).toEqual(expected);
  });

  it.each([
    ["a = 1\nwhile 1: pass", 2, "a 'while' statement cannot be read; repeat with 'for … in range(…)'"],
    [
      "def f(): pass",
      1,
      "a 'def' statement cannot be read; write plain values, or let 'buildhand tac import BASEDIR' compute them",
    ],
    ["del a", 1, "a name is not defined"],
    ["import os\n\nos.b = 1", 3, "only plain names"],
    ["a += 1", 1, "a name is not defined"],
    ["  a = 1", 1, "unexpected indentation"],
    ["if 1:\na = 1", 2, "an indented block is expected"],
    ["if 1:\n    a = 1\n  b = 1", 3, "the indentation matches no outer block"],
    ["if 1: if 1: pass", 1, "simple statements only"],
    ["if 1\n  a = 1", 1, "expected ':'"],
    ["from os import *", 1, "name what the file uses"],
    ["from . import a", 1, "expected the name of a module"],
    ["import subprocess\nsubprocess.call('x')", 2, "subprocess.call cannot be computed"],
    ["import twisted.python.log\ntwisted.python.log.msg('x')", 2, "this line calls twisted.python.log.msg()"],
    ["with 1 as a:\n  pass", 1, "open"],
    ["None = 1", 1, "only a name or an item"],
    ["a = 1 b = 2", 1, "expected the end of the line"],
    ["x = '''\n\n''' + 1", 3, "a string and an integer"],
    ["x = [\n1,\n2 3]", 3, "a comma, or ']', is missing between two values on this line"],
    ["x = f(\n1 2)", 2, "a comma, or ')', is missing between two values on this line"],
    ["x = [\n1\n# one\n, 2\n3]", 4, "a comma, or ']', is missing at the end of this line"],
    ["x = f(1,\n  2\ny = 3", 1, "a bracket that is opened on this line is not closed"],
    ["x = f(1,\n  (2\ny = 3)", 1, "a bracket that is opened on this line is not closed"],
    ["x = f(a=1, 2)", 1, "follows a keyword argument"],
  ])("%j is refused at line %i", (program, line, reason) => {
    expect(() => namesAfter(program)).toThrow(new RegExp(`^buildbot\\.tac, line ${line}: .*${escaped(reason)}`));
  });
});

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
