// What a program raises: Python's exceptions by name, and which handler takes which. Facts from the library reference,
// "Built-in Exceptions".

/** A raised exception on its way to the handler that takes it. Whoever runs the program makes an error of one that none takes. */
export class PythonException extends Error {
  /** Python's name of its class. */
  readonly type: string;
  readonly line: number;
  /** Where the file raised it itself, so that `message` are its own words: what the start ends with. */
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

/** Further names of one class. */
const ALIASES: Readonly<Record<string, string>> = { IOError: "OSError", EnvironmentError: "OSError" };

const PARENTS = new Map(
  Object.entries(FAMILIES).flatMap(([parent, children]) =>
    children.split(" ").map((child) => [child, parent] as const),
  ),
);

/** The names of all classes. */
export const exceptionNames: readonly string[] = ["BaseException", ...PARENTS.keys(), ...Object.keys(ALIASES)];

/** Whether a handler of the class `handler` takes an exception of the class `type`. */
export function isCaughtBy(type: string, handler: string): boolean {
  const wanted = ALIASES[handler] ?? handler;
  for (let each: string | undefined = ALIASES[type] ?? type; each !== undefined; each = PARENTS.get(each)) {
    if (each === wanted) return true;
  }
  return false;
}
