// A mark in the environment by which the processes of one command are known wherever they went. Only commands that ask
// for it get one: the environment is what builds see, compare and print, and it is to be the one that Buildbot's worker
// would give them.
import { randomUUID } from "node:crypto";

/** A variable that, set to anything for a command, gets a value of the command's own. */
export const COOKIE_NAME = "BUILDHAND_COMMAND";

export interface MarkedEnvironment {
  readonly env: Readonly<Record<string, string>>;
  /** Undefined when the command did not ask for one. */
  readonly cookie: string | undefined;
}

/** `env` with a cookie of its own, if it has a place for one. */
export function withCookie(env: Readonly<Record<string, string>>): MarkedEnvironment {
  if (!Object.hasOwn(env, COOKIE_NAME)) return { env, cookie: undefined };
  const cookie = randomUUID();
  return { env: { ...env, [COOKIE_NAME]: cookie }, cookie };
}

/** Whether this environment, as /proc/<pid>/environ shows it, has that cookie. */
export function hasCookie(environment: string, cookie: string): boolean {
  return `\0${environment}`.includes(`\0${COOKIE_NAME}=${cookie}\0`);
}
