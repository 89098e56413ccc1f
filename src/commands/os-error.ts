// System errors with Python's texts and classes, as masters and users know them from transfers.
import { pythonRepr } from "../base/python-repr.ts";
import { systemError } from "../base/system-error.ts";
import type { CommandFailure } from "./peer.ts";

/** Python's classes for specific errors; all others are an OSError. */
const classes: Readonly<Record<string, string>> = {
  ENOENT: "FileNotFoundError",
  EEXIST: "FileExistsError",
  EACCES: "PermissionError",
  EPERM: "PermissionError",
  ENOTDIR: "NotADirectoryError",
  EISDIR: "IsADirectoryError",
  EAGAIN: "BlockingIOError",
  EPIPE: "BrokenPipeError",
  ETIMEDOUT: "TimeoutError",
};

/** `[Errno 2] No such file or directory: '/x'`; undefined if it is not a system error. */
export function osErrorText(error: unknown): string | undefined {
  const failed = systemError(error);
  if (failed === undefined) return undefined;
  const path = (error as NodeJS.ErrnoException).path;
  return `[Errno ${failed.errno}] ${failed.text}${path === undefined ? "" : `: ${pythonRepr(path)}`}`;
}

/** The same as a failure of the command; undefined if it is not a system error. */
export function osErrorFailure(error: unknown): CommandFailure | undefined {
  const message = osErrorText(error);
  if (message === undefined) return undefined;
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return { type: `builtins.${classes[code] ?? "OSError"}`, message };
}
