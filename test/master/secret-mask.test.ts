import { expect, test } from "vitest";
import { SecretMask } from "../../src/master/secret-mask.ts";

const mask = new SecretMask(
  new Map([
    ["token", "s3cret&token"],
    ["longer", "s3cret&token-with-more"],
    ["key", "first line\nsecond line\nx\n"],
  ]),
);

test.each([
  ["the value", "a s3cret&token b", "a <token> b"],
  ["each place", "s3cret&token s3cret&token", "<token> <token>"],
  ["the longer of two secrets", "s3cret&token-with-more", "<longer>"],
  ["how an address writes it", "?t=s3cret%26token", "?t=<token>"],
  ["base64", Buffer.from("s3cret&token").toString("base64"), "<token>"],
  ["what authenticates with HTTP", Buffer.from("x-access-token:s3cret&token").toString("base64"), "<token>"],
  ["each line of a secret with several", "second line", "<key>"],
  ["no short line", "x", "x"],
])("hides %s", (_what, text, shown) => {
  expect(mask.text(text)).toBe(shown);
  expect(Buffer.from(mask.bytes(Buffer.from(`ä${text}\n`))).toString()).toBe(`ä${shown}\n`);
});

test("leaves other text as it is", () => {
  const text = Buffer.from("nothing to see\n");
  expect(mask.bytes(text)).toBe(text);
  expect(new SecretMask().bytes(text)).toBe(text);
});
