import { describe, expect, it } from "vitest";
import { baseErrors } from "../../../src/base/errors.ts";
import { readText } from "../../../src/worker/argument-values.ts";
import { readCommandArguments } from "../../../src/worker/pb/pb-arguments.ts";

describe("bytes in the arguments of a command", () => {
  it("are text, in names and values of any depth", () => {
    const given = new Map([[Buffer.from("é"), [Buffer.from("ü"), new Map([["a", Buffer.from("\ufeffb")]])]]]);
    expect(readCommandArguments(given)).toEqual(new Map([["é", ["ü", new Map([["a", "\ufeffb"]])]]]));
  });

  it.each([
    ["a value", new Map([["command", Buffer.from([0xe9])]])],
    ["a value in a list", new Map([["command", ["echo", Buffer.from([0xe9])]]])],
    ["a name", new Map([[Buffer.from([0xe9]), "x"]])],
  ])("that are not UTF-8 are refused as %s", (_where, given) => {
    expect(() => readCommandArguments(given)).toThrow("as text in UTF-8, got other bytes");
  });
});

it("what is no text is refused with what was expected", () => {
  expect(() => readText("print", "a message", 5)).toThrow(
    baseErrors.badArguments("print", "a message as text", "something else").message,
  );
});
