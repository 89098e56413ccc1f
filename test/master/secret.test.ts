import { expect, test } from "vitest";
import { hashOfPassword, isPassword, isSecret } from "../../src/master/secret.ts";

test.each([
  ["a", "a", true],
  ["a", "ab", false],
  ["", "", true],
  ["ä", "a", false],
  ["", undefined, false],
])("whether %j is the secret %j, whatever their lengths", (guess, secret, isKnown) => {
  expect(isSecret(guess, secret)).toBe(isKnown);
});

test("a password is recognized by its hash, and each hash has its own salt", async () => {
  const hash = await hashOfPassword("correct horse");
  expect(hash).toMatch(/^\$scrypt\$ln=15,r=8,p=1\$/);
  expect(await hashOfPassword("correct horse")).not.toBe(hash);
  expect(await isPassword("correct horse", hash)).toBe(true);
  expect(await isPassword("correct hors", hash)).toBe(false);
  expect(await isPassword(hash, hash)).toBe(false);
});

test("a password without a hash is compared as it is", async () => {
  expect(await isPassword("a", "a")).toBe(true);
  expect(await isPassword("b", "a")).toBe(false);
  expect(await isPassword("", undefined)).toBe(false);
});
