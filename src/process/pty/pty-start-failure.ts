// Recognizes that a program could not be executed on a PTY. The child has already been forked, so it can only print the
// reason and exit with status 1. Pure.

/** What the binding's child prints before strerror's text, for the directory and for the program. */
const FAILED_CALLS = ["chdir(2) failed.: ", "execvp(3) failed.: "].map((words) => Buffer.from(words));

/** The child's exit status in that case. */
export const START_FAILURE_STATUS = 1;

/** Longer than any text of strerror. */
const LIMIT_BYTES = 256;

/** Texts of glibc for errors that have messages of our own. */
const CODES: Readonly<Record<string, string>> = {
  "No such file or directory": "ENOENT",
  "Permission denied": "EACCES",
  "Argument list too long": "E2BIG",
  "Exec format error": "ENOEXEC",
};

/** Whether `printed`, the child's output so far, may be only the reason. */
export function mayBeStartFailure(printed: Buffer): boolean {
  if (printed.length > LIMIT_BYTES) return false;
  if (!FAILED_CALLS.some((words) => printed.subarray(0, words.length).equals(words))) return false;
  const lineEnd = printed.indexOf("\n");
  return lineEnd < 0 || lineEnd === printed.length - 1;
}

/** The error that Node's `spawn` would have reported, from the output of such a child. */
export function startError(printed: Buffer): Error {
  const text = printed.toString().trimEnd();
  const reason = text.slice(text.indexOf(": ") + 2);
  const code = CODES[reason];
  return code === undefined ? new Error(reason) : Object.assign(new Error(reason), { code });
}
