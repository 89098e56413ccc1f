import { describe, expect, it } from "vitest";
import { baseErrors } from "../../../src/base/errors.ts";
import { Tuple } from "../../../src/base/python-values.ts";
import type { MsgpackValue } from "../../../src/wire/msgpack/values.ts";
import { readCommandCall } from "../../../src/worker/msgpack/msgpack-arguments.ts";

const call = (name: string, args: Readonly<Record<string, MsgpackValue>>) => {
  const { command, args: read } = readCommandCall(name, new Map(Object.entries(args)));
  return [command, Object.fromEntries(read)];
};

describe("a command's arguments over MessagePack", () => {
  it.each<[string, Record<string, MsgpackValue>, string, Record<string, unknown>]>([
    ["mkdir", { paths: ["/a", "/b"] }, "mkdir", { paths: ["/a", "/b"] }],
    ["rmdir", { paths: ["/a"], timeout: 5 }, "rmdir", { dir: ["/a"], timeout: 5 }],
    ["cpdir", { from_path: "/a", to_path: "/b" }, "cpdir", { fromdir: "/a", todir: "/b" }],
    ["stat", { path: "/a", workdir: "b" }, "stat", { file: "/a" }],
    ["listdir", { path: "/a" }, "listdir", { dir: "/a" }],
    ["glob", { path: "/a/*" }, "glob", { path: "/a/*" }],
    ["rmfile", { path: "/a" }, "rmfile", { path: "/a" }],
    ["shell", { workdir: "/a", command: ["x"] }, "shell", { workdir: "/a", command: ["x"] }],
    ["a command of the future", { x: 1 }, "a command of the future", { x: 1 }],
  ])("%s %j are those of %s, %j", (name, args, command, read) => {
    const [known, knownArgs] = call(name, args);
    expect(known).toBe(command);
    // Commands take either name where PB has had both.
    expect(knownArgs).toMatchObject(command === "mkdir" ? {} : read);
  });

  it.each([
    ["upload_file", "writer"],
    ["uploadFile", "writer"],
    ["upload_directory", "writer"],
    ["download_file", "reader"],
  ])("%s has a file of the master, which the wire has no word for", (name, handle) => {
    const [command, args] = call(name, { path: "/a", maxsize: null, blocksize: 1 });
    expect(command).toMatch(/^(up|down)load_(file|directory)$/);
    expect(args).toHaveProperty(handle);
  });

  it("are text also where bytes came, at any depth", () => {
    const env = new Map<string, MsgpackValue>([["A", Buffer.from("grün")]]);
    const [, args] = call("shell", { workdir: Buffer.from("/a"), command: [Buffer.from("x")], env });
    expect(args).toMatchObject({ workdir: "/a", command: ["x"], env: new Map([["A", "grün"]]) });
  });

  it("have a hidden word in the place of an array that is one, and in no other", () => {
    const command = ["echo", ["obfuscated", "real", "shown"], ["obfuscated", "real"], ["other", "real", "shown"]];
    const [, args] = call("shell", { workdir: "/", command });
    expect(args).toMatchObject({
      command: ["echo", new Tuple(["obfuscated", "real", "shown"]), ["obfuscated", "real"], ["other", "real", "shown"]],
    });
  });

  it.each<[string, Record<string, MsgpackValue>, string]>([
    ["mkdir", {}, "MakeDirectory is missing args: paths"],
    ["rmdir", {}, "RemoveDirectory is missing args: paths"],
    ["cpdir", { from_path: "/a" }, "CopyDirectory is missing args: to_path"],
    ["shell", { command: "x" }, "WorkerShellCommand is missing args: workdir"],
    ["rmfile", {}, "RemoveFile is missing args: path"],
    ["glob", {}, "GlobPath is missing args: path"],
    ["stat", {}, "'path'"],
    ["listdir", {}, "'path'"],
  ])("%s %j are refused as Buildbot's worker does", (name, args, text) => {
    expect(() => call(name, args)).toThrow(text);
  });

  it("are refused with bytes that are no text", () => {
    expect(() => call("glob", { path: Buffer.from([0xff]) })).toThrow(expect.toSatisfy(baseErrors.badArguments.is));
  });
});
