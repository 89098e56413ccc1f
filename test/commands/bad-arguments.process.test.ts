// Every argument of the file commands and transfers as something of the wrong kind.
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Float } from "../../src/base/python-values.ts";
import type { JellyValue } from "../../src/wire/jelly/values.ts";
import { FakeReader, FakeWriter } from "../support/fake-files.ts";
import { type TransferFiles, transferPair } from "./transfer-pair.ts";

type Args = Record<string, JellyValue>;

/** What has no default in `transferPair`. */
const uploadFile = { workersrc: "f", keepstamp: false };
const uploadDirectory = { workersrc: "d", compress: null };
const downloadFile = { workerdest: "f", mode: null };

const filesFor = (command: string): TransferFiles => {
  if (command.startsWith("upload")) return { writer: new FakeWriter() };
  return command.startsWith("download") ? { reader: new FakeReader(Buffer.from("content")) } : {};
};

/** Of every kind that is neither text nor, where that is wanted, a number. */
const others: readonly (readonly [string, JellyValue])[] = [
  ["a truth", true],
  ["a list", ["f"]],
  ["a dictionary", new Map([["f", "f"]])],
];
const notText = [["a number", 5], ["a float", new Float(1.5)], ...others] as const;
const notNumbers = [["text", "5"], ["no number", new Float(Number.NaN)], ...others] as const;

describe("an argument of the wrong kind is refused, and nothing is done", () => {
  const texts: readonly (readonly [command: string, argument: string, others: Args])[] = [
    ["mkdir", "dir", {}],
    ["rmdir", "dir", {}],
    ["cpdir", "fromdir", { todir: "build/new" }],
    ["cpdir", "todir", { fromdir: "build" }],
    ["stat", "file", {}],
    ["stat", "workdir", { file: "f" }],
    ["listdir", "dir", {}],
    ["glob", "path", {}],
    ["rmfile", "path", {}],
    ["uploadFile", "workersrc", uploadFile],
    ["uploadFile", "workdir", uploadFile],
    ["upload_file", "path", { keepstamp: false }],
    ["uploadDirectory", "workersrc", uploadDirectory],
    ["uploadDirectory", "workdir", uploadDirectory],
    ["downloadFile", "workerdest", downloadFile],
    ["downloadFile", "workdir", downloadFile],
    ["download_file", "path", { mode: null }],
  ];
  const numbers: typeof texts = [
    ["rmdir", "timeout", { dir: "build" }],
    ["rmdir", "maxTime", { dir: "build" }],
    ["cpdir", "timeout", { fromdir: "build", todir: "new" }],
    ["cpdir", "maxTime", { fromdir: "build", todir: "new" }],
    ["uploadFile", "maxsize", uploadFile],
    ["uploadFile", "blocksize", uploadFile],
    ["uploadDirectory", "maxsize", uploadDirectory],
    ["uploadDirectory", "blocksize", uploadDirectory],
    ["downloadFile", "maxsize", downloadFile],
    ["downloadFile", "blocksize", downloadFile],
    ["downloadFile", "mode", downloadFile],
  ];
  const rows = [
    ...texts.map((row) => [...row, notText] as const),
    ...numbers.map((row) => [...row, notNumbers] as const),
  ];

  it.each(rows)("%s: %s", async (command, argument, args, kinds) => {
    const pair = await transferPair();
    writeFileSync(join(pair.directory, "f"), "old");
    for (const [kind, value] of kinds) {
      // A directory may be one of several for rmdir, which knows lists.
      if (command === "rmdir" && argument === "dir" && kind === "a list") continue;
      const files = filesFor(command);
      const started = pair.start(command, { ...args, [argument]: value }, files);
      await expect(started, kind).rejects.toThrow(/: builtins\.TypeError: \w+: expected /);
      for (const file of Object.values(files)) expect(file.calls).toEqual([]);
    }
    expect(readdirSync(join(pair.directory, ".."))).toEqual(["build"]);
    expect(readdirSync(pair.directory)).toEqual(["f"]);
    expect(pair.worker.bugs).toEqual([]);
  });

  it("rmdir with a list of which one is no text", async () => {
    const pair = await transferPair();
    for (const [, value] of notText) {
      const started = pair.start("rmdir", { dir: ["build", value] }, {});
      await expect(started).rejects.toThrow("builtins.TypeError: dir: expected a list of texts");
    }
    expect(readdirSync(join(pair.directory, ".."))).toEqual(["build"]);
  });
});
