import { describe, expect, it } from "vitest";
import { baseErrors } from "../../../../src/base/errors.ts";
import { Float } from "../../../../src/base/python-values.ts";
import { commandsErrors } from "../../../../src/commands/errors.ts";
import type { CommandArgument } from "../../../../src/master/worker-link.ts";
import { msgpackCall } from "../../../../src/master/workers/msgpack/msgpack-call.ts";
import { expandWorkerHome, joinOn } from "../../../../src/master/workers/msgpack/msgpack-paths.ts";
import { loadUnits } from "../path-vectors.ts";

const place = { system: "posix", environment: new Map([["HOME", "/home/u"]]) };

function call(name: string, args: Readonly<Record<string, CommandArgument>>) {
  const made = msgpackCall(name, new Map(Object.entries(args)), "/b/bld", place);
  return { name: made.name, ...Object.fromEntries(made.args) };
}

describe("a command over MessagePack", () => {
  it.each([
    ["shell", { workdir: "build", command: ["a"] }, { name: "shell", workdir: "/b/bld/build", command: ["a"] }],
    [
      "uploadFile",
      { workdir: "build", workersrc: "f", maxsize: null },
      { name: "upload_file", path: "/b/bld/build/f", maxsize: null },
    ],
    ["uploadDirectory", { workdir: "/w", workersrc: "d" }, { name: "upload_directory", path: "/w/d" }],
    ["downloadFile", { workdir: "build", workerdest: "~/f" }, { name: "download_file", path: "/home/u/f" }],
    ["mkdir", { dir: "d" }, { name: "mkdir", paths: ["/b/bld/d"] }],
    ["rmdir", { dir: ["d", "/e"], timeout: 120 }, { name: "rmdir", paths: ["/b/bld/d", "/e"], timeout: 120 }],
    ["cpdir", { fromdir: "a", todir: "b" }, { name: "cpdir", from_path: "/b/bld/a", to_path: "/b/bld/b" }],
    ["stat", { file: "f", workdir: "build" }, { name: "stat", path: "/b/bld/build/f" }],
    ["listdir", { dir: "d" }, { name: "listdir", path: "/b/bld/d" }],
    ["glob", { path: "d/*" }, { name: "glob", path: "/b/bld/d/*" }],
    ["rmfile", { path: "~" }, { name: "rmfile", path: "/home/u" }],
    ["frobnicate", { x: 1 }, { name: "frobnicate", x: 1 }],
  ] as [string, Record<string, CommandArgument>, object][])(
    "has absolute paths under other names: %s",
    (name, args, made) => {
      expect(call(name, args)).toEqual(made);
    },
  );

  it("has fractions as floats, and secrets in three parts", () => {
    const command = ["a", { secret: "s3cret", shown: "xxx" }];
    expect(call("shell", { workdir: "", timeout: 0.5, command })).toMatchObject({
      timeout: new Float(0.5),
      command: ["a", ["obfuscated", "s3cret", "xxx"]],
    });
  });

  it.each(["shell", "mkdir", "cpdir", "stat", "listdir", "glob", "rmfile", "uploadFile", "downloadFile"])(
    "is not sent without its path: %s",
    (name) => {
      expect(() => call(name, {})).toThrow(expect.objectContaining({ code: commandsErrors.missingKey.code }));
    },
  );

  it("is not sent with an invalid path", () => {
    expect(() => call("mkdir", { dir: 5 })).toThrow(expect.objectContaining({ code: baseErrors.badArguments.code }));
  });
});

describe("paths on a worker, as Python has them", () => {
  const { joins, homes } = loadUnits();

  it.each(joins)("$base + $parts is $expected on $system", ({ system, base, parts, expected }) => {
    expect(joinOn({ system, environment: new Map() }, base, ...parts)).toBe(expected);
  });

  it.each(homes)("$path is $expected on $system", ({ system, path, environment, expected }) => {
    expect(expandWorkerHome({ system, environment }, path)).toBe(expected);
  });
});
