// Errors of the operating system as a master expects them: the POSIX number and the text of strerror.

interface SystemError {
  readonly errno: number;
  readonly text: string;
}

/** glibc's texts for what file commands meet; libuv has words of its own for them. */
const texts: Readonly<Record<string, string>> = {
  EPERM: "Operation not permitted",
  ENOENT: "No such file or directory",
  EIO: "Input/output error",
  EACCES: "Permission denied",
  EBUSY: "Device or resource busy",
  EEXIST: "File exists",
  EXDEV: "Invalid cross-device link",
  ENOTDIR: "Not a directory",
  EISDIR: "Is a directory",
  EINVAL: "Invalid argument",
  EMFILE: "Too many open files",
  ETXTBSY: "Text file busy",
  EFBIG: "File too large",
  ENOSPC: "No space left on device",
  EROFS: "Read-only file system",
  EMLINK: "Too many links",
  ENAMETOOLONG: "File name too long",
  ENOTEMPTY: "Directory not empty",
  ELOOP: "Too many levels of symbolic links",
  EDQUOT: "Disk quota exceeded",
};

/** Undefined when `error` did not come from the operating system. */
export function systemError(error: unknown): SystemError | undefined {
  if (!(error instanceof Error) || !("errno" in error) || typeof error.errno !== "number") return undefined;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  // libuv numbers errors as negated errno.
  return { errno: Math.abs(error.errno), text: texts[code] ?? code };
}
