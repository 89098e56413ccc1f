// The rules of Windows, which are text only and so are tested on every system. Paths and quoting: vectors of Python's
// ntpath and of Buildbot's worker 4.2.1.
import { afterEach, describe, expect, test } from "vitest";
import { codecOf } from "../../../src/base/encoding/python-codec-names.ts";
import { posixRules } from "../../../src/base/posix-rules.ts";
import { systemError } from "../../../src/base/system-error.ts";
import { useSystemRules } from "../../../src/base/system-rules.ts";
import { windowsRules } from "../../../src/base/windows/index.ts";
import { parsePathPattern } from "../../../src/commands/glob/path-pattern.ts";
import { expandHome, resolveTransferPath } from "../../../src/commands/paths.ts";
import { mergeEnvironment } from "../../../src/process/spawn/environment.ts";
import { namesBelow } from "../../../src/worker/names-below.ts";

const rules = windowsRules(() => ({ ansi: 1252, oem: 850 }));

function onWindows(): void {
  useSystemRules(rules);
}

afterEach(() => useSystemRules(posixRules));

test.each([
  [["C:\\bw", "b1"], "C:\\bw\\b1"],
  [["C:\\bw", "b1", "build"], "C:\\bw\\b1\\build"],
  [["C:\\bw\\b1", "C:\\bw\\b1\\build"], "C:\\bw\\b1\\build"],
  [["C:\\bw\\b1", "../x"], "C:\\bw\\b1\\../x"],
  [["C:\\bw", "\\abs"], "C:\\abs"],
  [["C:\\bw", "D:x"], "D:x"],
  [["C:\\bw", "c:x"], "c:\\bw\\x"],
  [["C:", "x"], "C:x"],
  [["C:\\", "x"], "C:\\x"],
  [["\\\\srv\\share", "x"], "\\\\srv\\share\\x"],
  [["\\\\srv\\share\\d", "\\x"], "\\\\srv\\share\\x"],
  [["", "x"], "x"],
  [["a/", "b"], "a/b"],
  [["C:/bw", "b/c"], "C:/bw\\b/c"],
  [["a", ""], "a\\"],
  [["C:\\bw", "//srv/share/x"], "//srv/share/x"],
])("%j are joined as %j", (parts, path) => {
  expect(rules.joinPath(...parts)).toBe(path);
});

test.each([
  ["C:\\a\\..\\b\\", "C:\\b"],
  ["C:\\", "C:\\"],
  ["a/b/./c", "a\\b\\c"],
  ["..", ".."],
  ["", "."],
])("%j is normalised to %j", (path, normal) => {
  expect(rules.normalizePath(path)).toBe(normal);
});

test.each([
  [["echo", "a b"], 'echo ^"a b^"'],
  [["x", ""], 'x ^"^"'],
  [["a\\"], "a\\\\"],
  [["a b\\"], '^"a b\\\\^"'],
  [['a"b'], '^"a\\^"b^"'],
  [['a\\"b'], '^"a\\\\\\^"b^"'],
  [["100%PATH%"], "100%%PATH%%"],
  [["a&b", "<c>", "d|e", "^f", "(g)", "@h"], "a^&b ^<c^> d^|e ^^f ^(g^) ^@h"],
  [["tab\tx"], '^"tab\tx^"'],
  [["C:\\Program Files\\x\\"], '^"C:\\Program Files\\x\\\\^"'],
  [['a\\\\"x'], '^"a\\\\\\\\\\^"x^"'],
])("%j is shown and written to a batch file as %j", (words, line) => {
  expect(rules.quotedCommand(words)).toBe(line);
});

describe("on Windows", () => {
  test("a live builder directory is no leftover, whatever its case, its slashes and the dots at its end", () => {
    onWindows();
    const names = namesBelow("C:\\bw", ["C:\\bw\\Build1", "c:/BW/b2/deep", "C:\\bw\\b3.", "D:\\bw\\other"]);
    expect([...names]).toEqual(["BUILD1", "B2", "B3"]);
    expect(["build1", "B2", "b3"].map(rules.sameName).every((name) => names.has(name))).toBe(true);
  });

  test("the master's absolute paths stay, relative ones are below the builder's directory", () => {
    onWindows();
    const path = (workdir: string, name: string) =>
      resolveTransferPath({ builderDirectory: "C:\\bw\\b1", workdir, name, home: "C:\\Users\\ci" });
    expect(path("C:\\bw\\b1\\build", "out.zip")).toBe("C:\\bw\\b1\\build\\out.zip");
    expect(path("build", "D:\\out.zip")).toBe("D:\\out.zip");
    expect(path("build", "~\\out.zip")).toBe("C:\\Users\\ci\\out.zip");
    expect(expandHome("~/x", "C:\\Users\\ci\\")).toBe("C:\\Users\\ci/x");
  });

  test("a pattern is split at both slashes, and a drive's root keeps its own", () => {
    onWindows();
    expect(parsePathPattern("C:\\bw\\b1\\*.txt").start).toBe("C:\\bw\\b1");
    expect(parsePathPattern("C:\\*\\a/b").start).toBe("C:\\");
    expect(parsePathPattern("C:\\x\\*\\a/b").steps.map(({ type }) => type)).toEqual(["match", "name", "name"]);
  });

  test("a PATH prepended by the master keeps that of the system, which Windows calls Path", () => {
    onWindows();
    const worker = { [rules.variableName("Path")]: "C:\\Windows" };
    const env = mergeEnvironment(worker, { path: ["C:\\tools", "${Path}"].join(";") }, "C:\\bw");
    expect(env["PATH"]).toBe("C:\\tools;C:\\Windows");
    expect(Object.keys(env).filter((name) => /^path$/i.test(name))).toEqual(["PATH"]);
  });

  test("a variable set to nothing is removed in any spelling", () => {
    onWindows();
    expect(mergeEnvironment({ TEMP: "x" }, { Temp: null }, "C:\\bw")).toEqual({ PWD: "C:\\bw" });
  });

  test.each([
    ["ENOENT", -4058, 2],
    ["EPERM", -4048, 13],
    ["EBUSY", -4082, 13],
    ["EACCES", -4092, 13],
    ["EEXIST", -4075, 17],
    ["ENOTDIR", -4052, 20],
    ["ENOTEMPTY", -4051, 41],
    ["ENAMETOOLONG", -4064, 38],
  ])("%s has Python's number, not libuv's %i", (code, errno, expected) => {
    onWindows();
    expect(systemError(Object.assign(new Error(code), { code, errno }))?.errno).toBe(expected);
  });

  test.each([
    ["mbcs", "cp1252"],
    ["ANSI", "cp1252"],
    ["oem", "cp850"],
    ["cp437", "cp437"],
  ])("the encoding %s is %s", (name, codec) => {
    onWindows();
    expect(codecOf(name)?.name).toBe(codec);
  });
});

test("elsewhere mbcs and oem are no encodings", () => {
  expect(codecOf("mbcs")).toBeUndefined();
  expect(codecOf("oem")).toBeUndefined();
});
