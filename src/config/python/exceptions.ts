// Python's exceptions by name, and which handler catches which. Facts from the library reference,
// "Built-in Exceptions".

/** A raised exception. `run` reports one that no handler catches as an error. */
export class PythonException extends Error {
  /** Python's name of its class. */
  readonly type: string;
  readonly line: number;
  /** If the file raised it itself, with `message` as its text: the exit code. */
  readonly exitCode: number | undefined;

  constructor(type: string, line: number, words: string, exitCode?: number) {
    super(words);
    this.type = type;
    this.line = line;
    this.exitCode = exitCode;
  }
}

/** Each class with those that derive from it, by their dotted names. */
const FAMILIES: Readonly<Record<string, string>> = {
  BaseException: "Exception SystemExit KeyboardInterrupt",
  Exception:
    "ArithmeticError AssertionError AttributeError ImportError LookupError NameError OSError RuntimeError TypeError ValueError",
  ArithmeticError: "ZeroDivisionError OverflowError",
  ImportError: "ModuleNotFoundError",
  LookupError: "IndexError KeyError",
  OSError: "FileExistsError FileNotFoundError IsADirectoryError NotADirectoryError PermissionError",
  RuntimeError: "NotImplementedError RecursionError",
  ValueError: "UnicodeError json.JSONDecodeError",
  UnicodeError: "UnicodeDecodeError UnicodeEncodeError",
};

/** Alternative names of a class. */
const ALIASES: Readonly<Record<string, string>> = { IOError: "OSError", EnvironmentError: "OSError" };

const PARENTS = new Map(
  Object.entries(FAMILIES).flatMap(([parent, children]) =>
    children.split(" ").map((child) => [child, parent] as const),
  ),
);

/** The names of all classes. */
export const exceptionNames: readonly string[] = ["BaseException", ...PARENTS.keys(), ...Object.keys(ALIASES)];

/** Whether a handler of the class `handler` catches an exception of the class `type`. */
export function isCaughtBy(type: string, handler: string): boolean {
  const wanted = ALIASES[handler] ?? handler;
  for (let each: string | undefined = ALIASES[type] ?? type; each !== undefined; each = PARENTS.get(each)) {
    if (each === wanted) return true;
  }
  return false;
}
