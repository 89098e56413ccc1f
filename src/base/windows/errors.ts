// Error names and numbers of Windows as Python reports them. libuv's numbers (-4058 and so on) mean nothing to a master.

/** Errors that Python names in another way than libuv: both are EACCES in the C runtime. */
const pythonNames: Readonly<Record<string, string>> = { EPERM: "EACCES", EBUSY: "EACCES" };

/** <errno.h> of the C runtime. */
const numbers: Readonly<Record<string, number>> = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  EFBIG: 27,
  ENOSPC: 28,
  EROFS: 30,
  EMLINK: 31,
  EPIPE: 32,
  ENAMETOOLONG: 38,
  ENOTEMPTY: 41,
};

export function windowsErrorName(code: string): string {
  return pythonNames[code] ?? code;
}

export function windowsErrorNumber(name: string): number | undefined {
  return numbers[name];
}
