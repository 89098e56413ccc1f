import { describe, expect, it } from "vitest";
import { advice, baseErrors } from "../../src/base/errors.ts";
import { configErrors } from "../../src/config/errors.ts";
import { sessionErrors } from "../../src/session/errors.ts";
import { transportErrors } from "../../src/transport/errors.ts";

function system(code: string): Error {
  return Object.assign(new Error(code), { code });
}

describe("the trouble behind an error is", () => {
  it.each([
    ["what was said where it was thrown", transportErrors.tlsFailed("x").withTrouble("tls-expired"), "tls-expired"],
    ["told by the system", transportErrors.connectFailed.from(system("ECONNREFUSED"), "TCP", "x"), "port-closed"],
    ["told by the system", transportErrors.connectFailed.from(system("ENOTFOUND"), "name lookup", "x"), "name-unknown"],
    ["that of all such errors", transportErrors.connectFailed.from(system("EODD"), "TCP", "x"), "connect-failed"],
    ["that of all such errors", configErrors.tacSyntax("t", 1, "x"), "tac-python"],
    ["none for a wrong command line", baseErrors.usage("x"), undefined],
  ])("%s", (_, error, expected) => {
    expect(error.trouble).toBe(expected);
  });
});

it("advice names the trouble and the directory", () => {
  expect(advice(sessionErrors.loginRefused("w1"), "/w")).toBe(
    "what to do: login-refused in docs/reference/troubles.md, or run buildhand doctor /w",
  );
  expect(advice(baseErrors.usage("x"))).toBeUndefined();
  expect(advice(new Error("a bug"))).toBeUndefined();
});
