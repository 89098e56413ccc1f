// Listens on a socket of the file system that only this process's user can open. A socket on which nobody answers any more is
// replaced; anything else with that name is left alone.
import { existsSync, lstatSync, unlinkSync } from "node:fs";
import { connect, type Server } from "node:net";
import { dirname } from "node:path";
import { errorCode } from "../../base/error-code.ts";
import { once } from "../../base/once.ts";
import { systemReason } from "../../base/system-error.ts";

/** Keeps a new socket from everybody but its owner. */
const PRIVATE_UMASK = 0o177;

/** Calls `onFailure` once with the reason when it cannot listen or accept. Never throws, and waits for nothing. */
export function listenPrivately(server: Server, path: string, onFailure: (reason: string) => void): void {
  const fail = once(onFailure);
  const listen = () => {
    // The system creates the socket before the call returns, so it is private from the start.
    const umask = process.umask(PRIVATE_UMASK);
    try {
      server.listen(path);
    } finally {
      process.umask(umask);
    }
  };
  let isSecondTry = false;
  // Stays for the life of the server: a connection that cannot be accepted is an error of the server, too.
  server.on("error", (error) => {
    if (errorCode(error) !== "EADDRINUSE" || isSecondTry) return fail(reasonOf(error, path));
    isSecondTry = true;
    const other = connect(path, () => {
      other.destroy();
      fail("another process answers there");
    });
    other.on("error", (refusal) => {
      const reason = errorCode(refusal) === "ECONNREFUSED" ? removed(path) : systemReason(refusal);
      if (reason === undefined) listen();
      else fail(reason);
    });
  });
  listen();
}

/** Node.js takes a missing directory for one without permission. */
function reasonOf(error: unknown, path: string): string {
  const directory = dirname(path);
  return existsSync(directory) ? systemReason(error) : `there is no directory ${directory}`;
}

/** Why it could not be removed; undefined when it was. */
function removed(path: string): string | undefined {
  try {
    if (!lstatSync(path).isSocket()) return "something else has that name";
    unlinkSync(path);
    return undefined;
  } catch (error) {
    return errorCode(error) === "ENOENT" ? undefined : systemReason(error);
  }
}
