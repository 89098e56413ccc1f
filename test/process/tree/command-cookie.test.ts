import { expect, test } from "vitest";
import { COOKIE_NAME, hasCookie, newCookie, withCookie } from "../../../src/process/tree/command-cookie.ts";

test("an environment without a cookie stays as it is", () => {
  const env = { PATH: "/bin" };
  expect(withCookie(env, undefined)).toBe(env);
});

test("a cookie is put into an environment, and replaces another one", () => {
  expect(withCookie({ PATH: "/bin" }, "x")).toEqual({ PATH: "/bin", [COOKIE_NAME]: "x" });
  expect(withCookie({ [COOKIE_NAME]: "of the command that started this worker" }, "x")).toEqual({ [COOKIE_NAME]: "x" });
});

test("cookies are unique, and need no escaping in searches", () => {
  expect(newCookie()).not.toBe(newCookie());
  expect(newCookie()).toMatch(/^[0-9a-f-]{36}$/);
});

test("a cookie is a whole variable of an environment", () => {
  expect(hasCookie(`A=1\0${COOKIE_NAME}=x\0B=2\0`, "x")).toBe(true);
  expect(hasCookie(`${COOKIE_NAME}=x\0`, "x")).toBe(true);
  expect(hasCookie(`A=${COOKIE_NAME}=x\0`, "x")).toBe(false);
  expect(hasCookie(`${COOKIE_NAME}=xy\0`, "x")).toBe(false);
  expect(hasCookie("", "x")).toBe(false);
});
