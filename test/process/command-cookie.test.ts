import { expect, test } from "vitest";
import { COOKIE_NAME, hasCookie, withCookie } from "../../src/process/command-cookie.ts";

test("an environment without a place for a cookie stays as it is", () => {
  const env = { PATH: "/bin" };
  expect(withCookie(env)).toEqual({ env, cookie: undefined });
});

test("every command that asks for a cookie gets one of its own", () => {
  const asking = { PATH: "/bin", [COOKIE_NAME]: "1" };
  const first = withCookie(asking);
  const second = withCookie(asking);
  expect(first.env).toEqual({ PATH: "/bin", [COOKIE_NAME]: first.cookie });
  expect(first.cookie).toMatch(/^[0-9a-f-]{36}$/);
  expect(second.cookie).not.toBe(first.cookie);
});

test("a cookie is a whole variable of an environment", () => {
  expect(hasCookie(`A=1\0${COOKIE_NAME}=x\0B=2\0`, "x")).toBe(true);
  expect(hasCookie(`${COOKIE_NAME}=x\0`, "x")).toBe(true);
  expect(hasCookie(`A=${COOKIE_NAME}=x\0`, "x")).toBe(false);
  expect(hasCookie(`${COOKIE_NAME}=xy\0`, "x")).toBe(false);
  expect(hasCookie("", "x")).toBe(false);
});
