// Runs a program, and converts uncaught exceptions to one error.
import { configErrors } from "../errors.ts";
import { PythonException } from "./exceptions.ts";
import type { Library } from "./known-function.ts";
import { refuse, type Source } from "./source.ts";
import type { Statement } from "./syntax.ts";
import { pythonText, type Value } from "./value.ts";

interface Program {
  readonly source: Source;
  /** The initial names. The program adds its own. */
  readonly names: Map<string, Value>;
  readonly library: Library;
}

/** Throws a usage error for what requires Python, and if the program itself ends the start. */
export function run(program: Statement, { source, names, library }: Program): void {
  try {
    const end = program({ source, names, library, budget: { steps: 0 } });
    if (end !== undefined) refuse(source, 1, `'${end}' outside a loop`);
  } catch (error) {
    if (!(error instanceof PythonException)) throw error;
    const { line, message, type, exitCode } = error;
    if (exitCode === undefined) refuse(source, line, message);
    const words = withoutSecrets(message, names, library);
    const reason =
      type === "SystemExit" ? words || `exit status ${exitCode}` : [type, words].filter(Boolean).join(": ");
    const printed = [...library.remarks].map((text) => `${withoutSecrets(text, names, library)}\n`).join("");
    throw configErrors.tacEnded(printed, { path: source.path, line }, reason).withExitCode(exitCode);
  }
}

/** Usual names of secrets in programs and environments. */
const SECRET_NAME = /pass|pw|secret|token|key|credential/i;

/** Removes the values of names that look like secrets, of the program and its environment. */
function withoutSecrets(words: string, names: ReadonlyMap<string, Value>, { constants }: Library): string {
  const variables = constants.get("os.environ");
  const entries = variables?.kind === "dict" ? [...variables.entries.values()] : [];
  return [...names, ...entries.map(([key, value]) => [pythonText(key) ?? "", value] as const)]
    .filter(([name]) => SECRET_NAME.test(name))
    .map(([, value]) => pythonText(value) ?? "")
    .filter((secret) => secret !== "")
    .reduce((rest, secret) => rest.replaceAll(secret, "***"), words);
}
