// Why the operating system refused something, in the words Python shows its users.
import { getSystemErrorMap } from "node:util";

/** `No such file or directory` and the like; `Unknown error` for what the system did not throw. */
export function systemReason(error: unknown): string {
  const errno = systemErrno(error);
  const reason = (errno === undefined ? undefined : getSystemErrorMap().get(-errno)?.[1]) ?? "unknown error";
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}`;
}

/** The number of the error, positive as in C; undefined for what the system did not throw. */
export function systemErrno(error: unknown): number | undefined {
  return error instanceof Error && "errno" in error && typeof error.errno === "number" ? -error.errno : undefined;
}
