import { describe, expect, it } from "vitest";
import { errors } from "../../../src/base/errors.ts";
import { advice, troubleOf } from "../../../src/base/troubles/trouble-of.ts";

function system(code: string): Error {
  return Object.assign(new Error(code), { code });
}

describe("the trouble behind an error is", () => {
  it.each([
    ["what was said where it was thrown", errors.tlsFailed("x").withTrouble("tls-expired"), "tls-expired"],
    ["told by the system", errors.connectFailed.from(system("ECONNREFUSED"), "TCP", "x"), "port-closed"],
    ["told by the system", errors.connectFailed.from(system("ENOTFOUND"), "name lookup", "x"), "name-unknown"],
    ["that of all such errors", errors.connectFailed.from(system("EODD"), "TCP", "x"), "connect-failed"],
    ["that of all such errors", errors.tacSyntax("t", 1, "x"), "tac-python"],
    ["none for a wrong command line", errors.usage("x"), undefined],
    ["none for a bug", new Error("x"), undefined],
  ])("%s", (_, error, expected) => {
    expect(troubleOf(error)).toBe(expected);
  });
});

it("advice names the trouble and the directory", () => {
  expect(advice(errors.loginRefused("w1"), "/w")).toBe(
    "what to do: login-refused in docs/troubleshooting.md, or run buildhand doctor /w",
  );
  expect(advice(errors.usage("x"))).toBeUndefined();
});
