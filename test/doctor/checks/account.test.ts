import { expect, it } from "vitest";
import type { Answer } from "../../../src/doctor/ask-program.ts";
import { judgeAccount } from "../../../src/doctor/checks/account.ts";
import { said } from "../said.ts";

const user = { userId: 1000, name: "buildbot", shell: "/bin/sh" };
const ended = (output: string, code: number | null = 0, tookMs = 40): Answer => ({
  kind: "ended",
  code,
  stdout: output,
  stderr: "",
  tookMs,
});

it.each<[string, Answer, string]>([
  ["is quiet", ended(""), "fine its init scripts print nothing (`/bin/sh -lc :`: 0.0 s)"],
  ["prints", ended("hello\u001b[2J\n"), 'account-noisy `/bin/sh -lc :` prints "hello\\u001b[2J\\n"'],
  ["fails", ended("", 3), "account-noisy `/bin/sh -lc :` exits with 3"],
  ["dies", ended("", null), "account-noisy `/bin/sh -lc :` exits with a signal"],
  ["is slow", ended("", 0, 2100), "account-noisy `/bin/sh -lc :` takes 2.1 s"],
  ["does not end", { kind: "timeout" }, "account-noisy `/bin/sh -lc :` took more than 10 s"],
  [
    "is missing",
    { kind: "not started", reason: "No such file or directory" },
    "account-noisy `/bin/sh -lc :` cannot be run: No such file or directory",
  ],
])("a login shell that %s", (_, login, expected) => {
  expect(said(judgeAccount({ ...user, login }))).toEqual(["fine runs as buildbot (uid 1000)", expected]);
});

it("an account without a shell has no init scripts that print", () => {
  expect(said(judgeAccount({ ...user, shell: "/usr/sbin/nologin", login: undefined })).at(1)).toBe(
    "note the account has no login shell (/usr/sbin/nologin)",
  );
  expect(said(judgeAccount({ userId: 7, name: undefined, shell: undefined, login: undefined }))).toEqual([
    "fine runs as an account without a name (uid 7)",
    "note the account has no login shell",
  ]);
});

it("root is a finding", () => {
  expect(said(judgeAccount({ ...user, userId: 0, name: "root", login: ended("") }))[0]).toBe(
    "account-root runs as root (uid 0)",
  );
});
