// Why a program could not be executed on a PTY. The child was forked by then, and all it can do is to print the reason and
// end with status 1; here its words are known again. Pure: knows no process and no stream.

/** What the binding's child prints before strerror's text: of the directory, and of the program. */
const FAILED_CALLS = ["chdir(2) failed.: ", "execvp(3) failed.: "].map((words) => Buffer.from(words));

/** The child's status then. */
export const START_FAILURE_STATUS = 1;

/** More than any text of strerror takes. */
const LIMIT_BYTES = 256;

/** The texts of glibc that stand for what people are told in words of our own. */
const CODES: Readonly<Record<string, string>> = {
  "No such file or directory": "ENOENT",
  "Permission denied": "EACCES",
  "Argument list too long": "E2BIG",
  "Exec format error": "ENOEXEC",
};

/** Whether `printed`, all that a child printed up to now, can still be nothing but the reason. */
export function mayBeStartFailure(printed: Buffer): boolean {
  if (printed.length > LIMIT_BYTES) return false;
  if (!FAILED_CALLS.some((words) => printed.subarray(0, words.length).equals(words))) return false;
  const lineEnd = printed.indexOf("\n");
  return lineEnd < 0 || lineEnd === printed.length - 1;
}

/** The error that Node's own `spawn` would have given, from all that such a child printed. */
export function startError(printed: Buffer): Error {
  const text = printed.toString().trimEnd();
  const reason = text.slice(text.indexOf(": ") + 2);
  const code = CODES[reason];
  return code === undefined ? new Error(reason) : Object.assign(new Error(reason), { code });
}
