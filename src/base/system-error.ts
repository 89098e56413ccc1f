// Errors of the operating system as users and masters expect them: the POSIX number and the text of strerror.
import { constants } from "node:os";
import { errorText, WorkerError } from "./errors.ts";
import { systemRules } from "./system-rules.ts";

interface SystemError {
  readonly errno: number;
  readonly text: string;
}

/** glibc's texts for the errors of file commands and listeners; libuv's own texts differ. */
const texts: Readonly<Record<string, string>> = {
  EPERM: "Operation not permitted",
  ENOENT: "No such file or directory",
  EINTR: "Interrupted system call",
  EIO: "Input/output error",
  ENXIO: "No such device or address",
  EAGAIN: "Resource temporarily unavailable",
  ENOMEM: "Cannot allocate memory",
  EACCES: "Permission denied",
  EBUSY: "Device or resource busy",
  EEXIST: "File exists",
  EXDEV: "Invalid cross-device link",
  ENODEV: "No such device",
  ENOTDIR: "Not a directory",
  EISDIR: "Is a directory",
  EINVAL: "Invalid argument",
  ENFILE: "Too many open files in system",
  EMFILE: "Too many open files",
  ETXTBSY: "Text file busy",
  EFBIG: "File too large",
  ENOSPC: "No space left on device",
  EROFS: "Read-only file system",
  EMLINK: "Too many links",
  ENAMETOOLONG: "File name too long",
  ENOTEMPTY: "Directory not empty",
  ELOOP: "Too many levels of symbolic links",
  EOVERFLOW: "Value too large for defined data type",
  EADDRINUSE: "Address already in use",
  EADDRNOTAVAIL: "Cannot assign requested address",
  ENOTCONN: "Transport endpoint is not connected",
  ETIMEDOUT: "Connection timed out",
  ESTALE: "Stale file handle",
  EDQUOT: "Disk quota exceeded",
};

/** For example `No such file or directory`; the error's own text if it is not a system error. */
export function systemReason(error: unknown): string {
  return systemError(error)?.text ?? errorText(error);
}

/** Undefined when `error` did not come from the operating system. */
export function systemError(error: unknown): SystemError | undefined {
  if (!(error instanceof Error) || !("errno" in error) || typeof error.errno !== "number") return undefined;
  // libuv numbers errors as negated errno, except on Windows, and does not know the names of all.
  const errno = Math.abs(error.errno);
  // A refusal of our own, in the place of the system's.
  if (error instanceof WorkerError) return { errno, text: error.message };
  const code = "code" in error ? String(error.code) : "";
  const known = Object.hasOwn(texts, code) ? code : nameOfNumber(errno);
  const name = systemRules.errorName(known);
  return { errno: systemRules.errorNumber(name) ?? errno, text: texts[name] ?? errorText(error) };
}

function nameOfNumber(errno: number): string {
  return Object.entries(constants.errno).find(([, number]) => number === errno)?.[0] ?? "";
}
