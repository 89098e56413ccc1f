import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { masterErrors } from "../../../src/master/errors.ts";
import { DIRECTORIES_LIMIT_CHARACTERS, directoryAt, KnownDirectories } from "../../../src/master/transfers/below.ts";
import { type TransferRoot, transferRoot } from "./transfer-root.ts";

let place: TransferRoot;
beforeEach(() => {
  place = transferRoot();
});
afterEach(() => place.remove());

test("a known directory is neither created nor checked again", async () => {
  const known = new KnownDirectories("up");
  for (const path of ["a", "a/b"]) known.add(join(place.root, path));
  const options = { makes: true, shown: "up", known };
  expect(await directoryAt(place.root, ["a", "b"], options)).toBe(place.path("a/b"));
  expect(place.names()).toEqual([]);
});

test("a created directory is known, and so are its parents", async () => {
  const known = new KnownDirectories("up");
  await directoryAt(place.root, ["a", "b"], { makes: true, shown: "up", known });
  expect(["a", "a/b"].map((path) => known.has(place.path(path)))).toEqual([true, true]);
});

test("the total length of known paths is limited", () => {
  const known = new KnownDirectories("up");
  const path = "x".repeat(DIRECTORIES_LIMIT_CHARACTERS / 4);
  for (const end of [0, 1, 2]) known.add(path + end);
  expect(() => known.add(`${path}3`)).toThrow(
    masterErrors.uploadTooLarge("up", "characters in paths of directories", DIRECTORIES_LIMIT_CHARACTERS).message,
  );
});
