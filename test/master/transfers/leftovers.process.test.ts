import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fileSink } from "../../../src/master/transfers/file-sink.ts";
import { removeUploadLeftovers } from "../../../src/master/transfers/leftovers.ts";
import { namesBeside } from "../../../src/master/transfers/part-names.ts";
import { type TransferRoot, transferRoot } from "./transfer-root.ts";

const PART = ".upload-00000000-0123456789abcdef.part";
const OLD = ".upload-00000000-0123456789abcdef.old";

let place: TransferRoot;
beforeEach(() => {
  place = transferRoot();
});
afterEach(() => place.remove());

it("removes partial files and directories at any depth, and nothing else", async () => {
  mkdirSync(place.path("a/b", PART, "sub"), { recursive: true });
  writeFileSync(place.path(PART), "half");
  writeFileSync(place.path("a/whole"), "whole");
  writeFileSync(place.path("a/.upload-of-mine.part"), "theirs");
  await removeUploadLeftovers(place.root);
  expect(place.names()).toEqual(["a", "a/.upload-of-mine.part", "a/b", "a/whole"]);
});

it("leaves uploads of its own process alone", async () => {
  const sink = await fileSink(place.root, "file", { limitBytes: 100 });
  await sink.write(Buffer.from("text"));
  mkdirSync(place.path(basename(namesBeside("x").old)));
  await removeUploadLeftovers(place.root);
  expect(place.names()).toHaveLength(2);
  await sink.close();
  expect(place.text("file")).toBe("text");
});

it("restores what was being replaced when the master was killed", async () => {
  mkdirSync(place.path(OLD, "out"), { recursive: true });
  writeFileSync(place.path(OLD, "out/version"), "1");
  mkdirSync(place.path(PART));
  await removeUploadLeftovers(place.root);
  expect(place.names()).toEqual(["out", "out/version"]);
});

it("keeps the new one if it was in place", async () => {
  for (const [directory, version] of [
    [`${OLD}/out`, "1"],
    ["out", "2"],
  ] as const) {
    mkdirSync(place.path(directory), { recursive: true });
    writeFileSync(place.path(directory, "version"), version);
  }
  await removeUploadLeftovers(place.root);
  expect(place.names()).toEqual(["out", "out/version"]);
  expect(place.text("out/version")).toBe("2");
});

it("follows no symbolic link", async () => {
  writeFileSync(`${place.outside}/${PART}`, "theirs");
  symlinkSync(place.outside, place.path("link"));
  await removeUploadLeftovers(place.root);
  expect(existsSync(`${place.outside}/${PART}`)).toBe(true);
});
