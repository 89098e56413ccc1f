// Listens on a socket of the file system that only this process's user can open. What another process has left there is
// replaced once nobody answers on it any more; what is no socket never is.
import { lstatSync, unlinkSync } from "node:fs";
import { connect, type Server } from "node:net";
import { errorCode } from "../../base/error-code.ts";
import { systemReason } from "../../base/system-error.ts";

/** Keeps a new socket from everybody but its owner. */
const PRIVATE_UMASK = 0o177;

/** `onFailure` is told why it does not listen, in words behind the path. Never throws, and waits for nothing. */
export function listenPrivately(server: Server, path: string, onFailure: (reason: string) => void): void {
  const listen = () => {
    // From its first moment on: the system makes the socket before the call returns.
    const umask = process.umask(PRIVATE_UMASK);
    try {
      server.listen(path);
    } finally {
      process.umask(umask);
    }
  };
  server.once("error", (error) => {
    if (errorCode(error) !== "EADDRINUSE") return onFailure(systemReason(error));
    const other = connect(path);
    other
      .on("connect", () => {
        other.destroy();
        onFailure("another process answers there");
      })
      .on("error", (refusal) => {
        const reason = errorCode(refusal) === "ECONNREFUSED" ? removed(path) : systemReason(refusal);
        if (reason !== undefined) return onFailure(reason);
        server.once("error", (again) => onFailure(systemReason(again)));
        listen();
      });
  });
  listen();
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
