import { expect, test } from "vitest";
import { isSecret } from "../../src/master/secret.ts";

test.each([
  ["a", "a", true],
  ["a", "ab", false],
  ["", "", true],
  ["ä", "a", false],
  ["", undefined, false],
])("whether %j is the secret %j, whatever their lengths", (guess, secret, isKnown) => {
  expect(isSecret(guess, secret)).toBe(isKnown);
});
