// A mark in the environment by which the processes of one command are known wherever they went. It is the one variable
// that a command has and Buildbot's worker would not give it: without it, what leaves its session cannot be killed.
import { randomUUID } from "node:crypto";

/** The variable. A master that sets it to nothing for a command gets one without. */
export const COOKIE_NAME = "BUILDHAND_COMMAND";

type Environment = Readonly<Record<string, string>>;

/** A cookie that nobody has yet. */
export function newCookie(): string {
  return randomUUID();
}

/** `env` with the cookie, if there is one. */
export function withCookie(env: Environment, cookie: string | undefined): Environment {
  return cookie === undefined ? env : { ...env, [COOKIE_NAME]: cookie };
}

/** Whether this environment, as /proc/<pid>/environ shows it, has that cookie. */
export function hasCookie(environment: string, cookie: string): boolean {
  return `\0${environment}`.includes(`\0${COOKIE_NAME}=${cookie}\0`);
}
