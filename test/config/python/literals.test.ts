// Literals and expressions, read as the right-hand side of one setting.
import { describe, expect, it } from "vitest";
import { pythonLibrary } from "../../../src/config/python/library.ts";
import { parseProgram } from "../../../src/config/python/parse.ts";
import { run } from "../../../src/config/python/run.ts";
import { pythonSource } from "../../../src/config/python/source.ts";
import type { Value } from "../../../src/config/python/value.ts";

const surroundings = { directory: "/srv/worker", environment: { HOME: "/home/w", PORT: "9989", EMPTY: "" } };

function resultOf(expression: string, before = "import os, socket"): Value | undefined {
  const source = pythonSource("/srv/worker/buildbot.tac", `${before}\nx = ${expression}\n`);
  const names = new Map<string, Value>([["__file__", { kind: "text", value: "/srv/worker/buildbot.tac" }]]);
  run(parseProgram(source), { source, names, library: pythonLibrary(surroundings) });
  return names.get("x");
}

function plain(expression: string): unknown {
  const value = resultOf(expression);
  return value !== undefined && "value" in value ? value.value : value?.kind;
}

describe("literals of Python", () => {
  it.each([
    ["0", 0],
    ["00", 0],
    ["1_000_000", 1_000_000],
    ["0o22", 18],
    ["0O2_2", 18],
    ["0xFf", 255],
    ["0b101", 5],
    ["-5", -5],
    ["- -5", 5],
    ["+5", 5],
    ["1.5", 1.5],
    [".5", 0.5],
    ["5.", 5],
    ["1e3", 1000],
    ["1_0.0_1e-1", 1.001],
    ["None", "none"],
    ["True", true],
    ["False", false],
    ["''", ""],
    [`"it's"`, "it's"],
    [`'''a\n"b" 'c' '''`, `a\n"b" 'c' `],
    [`"""a""b"""`, `a""b`],
    [String.raw`'\a\b\f\n\r\t\v\\\'\"'`, "\x07\b\f\n\r\t\v\\'\""],
    [String.raw`'\0\12\1234\x41\u00e9\U0001f600'`, "\0\nS4Aé😀"],
    [String.raw`'\d\ '`, String.raw`\d\ `],
    ["'a\\\nb'", "ab"],
    [String.raw`r'\n\''`, String.raw`\n\'`],
    [String.raw`R"C:\dir"`, String.raw`C:\dir`],
    ["u'é'", "é"],
    [String.raw`b'\xc3\xa9\u'`, String.raw`é\u`],
    [String.raw`bR'\x41'`, String.raw`\x41`],
    [String.raw`'a' "b" r'\c'`, String.raw`ab\c`],
    ["('a'\n   # why\n   'b')", "ab"],
    ["(1)", 1],
    ["'é😀'", "é😀"],
  ])("%j is %j", (expression, expected) => {
    expect(plain(expression)).toBe(expected);
  });

  it.each([
    ["022", "0o22"],
    ["9007199254740993", "too large"],
    ["1e999", "too large"],
    ["1j", "letter or digit"],
    ["1__0", "letter or digit"],
    ["'a", "no closing quote"],
    ["'a\nb'", "no closing quote"],
    ["'''a", "no closing quote"],
    [String.raw`'\x4'`, "2 hexadecimal digits"],
    [String.raw`'\U00110000'`, "8 hexadecimal digits"],
    [String.raw`'\N{DASH}'`, String.raw`\u or \U`],
    ["b'é'", "ASCII"],
    [String.raw`b'\xff'`, "must be UTF-8"],
    ["'a' b'b'", "bytes (b'…') and text"],
    ["lambda: 1", "a lambda cannot be read"],
    ["(1", "not closed"],
    ["1)", "has no opening bracket"],
    ["1 2", "expected the end of the line"],
    ["?", "invalid character"],
    ["hunter2", "are the quotes of a string missing"],
  ])("%j is refused: %s", (expression, reason) => {
    expect(() => resultOf(expression)).toThrow(reason);
  });
});

describe("expressions of Python", () => {
  it.each([
    ["'tcp:%s:%d' % ('h', 9989)", "tcp:h:9989"],
    ["'100%%' % ()", "100%"],
    ["'%s' % None", "None"],
    ["'a' + 'b' + str(1) + str(2.0) + str(None)", "ab12.0None"],
    ["10 * 1000 * 1000", 10_000_000],
    ["7 // 2 - 7 % 4", 0],
    ["-7 // 2", -4],
    ["-7 % 4", 1],
    ["1 + 2.5", 3.5],
    ["os.environ['PORT']", "9989"],
    ["os.environ.get('PORT', 1)", "9989"],
    ["os.environ.get('NO')", "none"],
    ["os.getenv('NO', 'x')", "x"],
    ["os.environ.get('EMPTY') or 'y'", "y"],
    ["int(os.environ.get('NO', 9989))", 9989],
    ["int(' -1_0 ')", -10],
    ["int('022', 8)", 18],
    ["int('0o22', 0)", 18],
    ["int('ff', 16)", 255],
    ["int(2.9)", 2],
    ["bool(int('0'))", false],
    ["'PORT' in os.environ", true],
    ["'PORT' not in os.environ", false],
    ["'a' in ('b', 'a')", true],
    ["'b' in 'abc'", true],
    ["1 if os.environ.get('NO') is None else 2", 1],
    ["not 'a' and 1", false],
    ["'a' == 'a' and 1 != 2 and True is not None", true],
    ["1 >= 1 and 1 > 0 and 1 < 2 and 2 <= 2", true],
    ["(1, 'b')[-1]", "b"],
    ["'  x\\r\\n'.strip()", "x"],
    ["'xxyxx'.strip('x')", "y"],
    ["' y '.lstrip() + ' z '.rstrip() + 'Q'.lower() + 'q'.upper()", "y  zqQ"],
    ["'x'.encode('utf-8').decode()", "x"],
    ["os.path.join('/a', 'b', 'c')", "/a/b/c"],
    ["os.path.join('/a/', 'b/', '/c')", "/c"],
    ["os.path.abspath('info')", "/srv/worker/info"],
    ["os.path.abspath(os.path.dirname(__file__))", "/srv/worker"],
    ["os.path.dirname('/a/b/')", "/a/b"],
    ["os.path.dirname('/a')", "/"],
    ["os.path.dirname('a')", ""],
    ["os.path.basename('/a/b')", "b"],
    ["os.path.expanduser('~/w')", "/home/w/w"],
    ["os.getcwd()", "/srv/worker"],
  ])("%s is %j", (expression, expected) => {
    expect(plain(expression)).toBe(expected);
  });

  it.each([
    ["os.environ['NO']", "the environment variable NO is not set"],
    ["int('secret')", "expected a string of digits"],
    ["int(None)", "got None"],
    ["'a' + 1", "a string and an integer"],
    ["1 // 0", "an integer and an integer"],
    ["'%d' % 'a'", "a string and a string"],
    ["'%s %s' % 'a'", "a string and a string"],
    ["9007199254740991 + 1", "an integer and an integer"],
    ["os.system('reboot')", "os.system cannot be computed"],
    ["'a'()", "called like a function"],
    ["open('/srv/worker/none')", "error reading '/srv/worker/none': No such file or directory"],
    ["open('x', 'w')", "only be opened for reading"],
    ["os.path.expanduser('~root')", "this call of os.path.expanduser() cannot be computed"],
    ["os.path", "never"],
  ])("%s is refused: %s", (expression, reason) => {
    if (reason === "never") expect(resultOf(expression)).toMatchObject({ kind: "object", path: "os.path" });
    else expect(() => resultOf(expression)).toThrow(reason);
  });
});

describe("limits", () => {
  it.each([
    ["nested brackets", `${"(".repeat(10_000)}1${")".repeat(10_000)}`, "levels deep"],
    ["nested signs", `${"-".repeat(10_000)}1`, "levels deep"],
    ["nested negations", `${"not ".repeat(10_000)}1`, "levels deep"],
    ["nested conditions", `${"1 if 1 else ".repeat(10_000)}1`, "levels deep"],
    ["long sums", `${"1 + ".repeat(10_000)}1`, "more than 1000 parts"],
    ["long chains of names", `os${".a".repeat(10_000)}`, "more than 1000 parts"],
    ["long dotted names", `os${".abcdefghij".repeat(100)}`, "too long"],
    ["whole files", `'${"a".repeat(300_000)}'`, "longer than 262144 characters"],
    ["long texts", `'${"a".repeat(70_000)}'`, "too long"],
  ])("%s are refused", (_, expression, reason) => {
    expect(() => resultOf(expression)).toThrow(reason);
  });

  it("texts that double with every line are refused before they fill the memory", () => {
    expect(() => resultOf("y", `y = 'abcdefgh'\n${"y = y + y\n".repeat(64)}`)).toThrow("too long");
  });

  it("lists that double with every line stay small", () => {
    expect(resultOf("[y]", `y = []\n${"y = [y, y]\n".repeat(5000)}`)?.kind).toBe("list");
  });

  it("blocks inside blocks are refused", () => {
    const blocks = Array.from({ length: 30 }, (_, depth) => `${" ".repeat(depth)}if 1:\n`).join("");
    expect(() => resultOf("1", `${blocks}${" ".repeat(30)}pass`)).toThrow("more than 20 levels deep");
  });
});
