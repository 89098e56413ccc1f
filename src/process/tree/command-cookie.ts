// A variable in the environment that identifies the processes of one command. It is the only variable that Buildbot's
// worker would not set: without it, processes that leave their session could not be killed.

/** A master that sets it to nothing for a command gets a command without it. */
export const COOKIE_NAME = "BUILDHAND_COMMAND";

type Environment = Readonly<Record<string, string>>;

export function newCookie(): string {
  return process.getBuiltinModule("node:crypto").randomUUID(); // loaded by the first command only
}

/** `env` with the cookie, if there is one. */
export function withCookie(env: Environment, cookie: string | undefined): Environment {
  return cookie === undefined ? env : { ...env, [COOKIE_NAME]: cookie };
}

/** Whether this environment, in the form of /proc/<pid>/environ, has that cookie. */
export function hasCookie(environment: string, cookie: string): boolean {
  return `\0${environment}`.includes(`\0${COOKIE_NAME}=${cookie}\0`);
}
