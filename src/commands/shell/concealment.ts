// Hides secrets in the names and arguments of processes that were found running, before people see them: all arguments
// where the master hides a word, what variables with telling names hold, and what follows a telling name. What a program
// read from a file and gave to another as an argument cannot be known for a secret.
import { basename } from "node:path";
import type { ExaminedProcess } from "../../process/diagnosis/index.ts";
import type { RunOutcome } from "../../process/run/index.ts";
import { HIDDEN_NAME } from "../../process/tree/index.ts";
import { type Program, shownBytes } from "./program.ts";
import { COMMAND_LINE_LIMIT_CHARS } from "./tree-text.ts";

/** Shorter values of variables, and shorter hidden words, stand in too many others by chance. */
const LEAST_VALUE_CHARS = 4;
/** The kernel keeps no more of a program's name. */
const PROGRAM_NAME_BYTES = 15;

const MASK = "***";

const NON_ASCII = /[^\0-\x7f]/;

/** Of variables. PWD and OLDPWD, which every program has, are no passwords. */
const TELLING_NAME =
  /pass(?!ing|ed)|(?<!^(?:old)?)pwd|pw$|(?:^|_)pat$|token|secret|key$|api_?key|private_?key|access_?key|credential|auth(?!or)/i;
const TELLING_WORD = "password|passwd|passphrase|pwd|token|secret|key|credentials?";
/** `--password`, whose value is the next argument. What is repeated has a limit, here and below: time must not be squared. */
const TELLING_OPTION = new RegExp(`^--?[\\w-]{0,64}(?:${TELLING_WORD}|pass|[-_](?:pw|pat))$`, "i");
/** `password=…`, `"token": "…"`, `Authorization: Bearer …`, wherever they stand in an argument. */
const TELLING_TEXT = new RegExp(
  `((?:(?:${TELLING_WORD})[\\w-]{0,64}|pass|[-_](?:pw|pat))["']?\\s{0,8}[=:]\\s{0,8}["']?|` +
    `authorization["']?\\s{0,8}[=:]\\s{0,8}["']?(?:\\w{1,64}\\s{1,8})?)[^\\s"'&;]+`,
  "gi",
);
/** Taken whole, whether or not there is an `@` in it, so that nothing is looked at twice. */
const URL_REST = /\/\/[^\s"'<>]+/g;

/**
 * A function that gives the arguments of one of the program's processes as people may see them. Where the master hides a
 * word, which may be a script, or be passed on in whatever form, the first process is shown as the program itself is, and
 * of others nothing but their names.
 */
export function shownArguments(
  program: HidingProgram,
  { env, leaderPid }: { readonly env: Readonly<Record<string, string>>; readonly leaderPid: number | undefined },
): (process: Pick<ExaminedProcess, "pid" | "argv" | "program">) => readonly string[] {
  if (!hidesWords(program)) {
    const conceal = concealer(env);
    return ({ argv }) => conceal(argv);
  }
  const shownName = nameConcealer(program);
  return (process) => {
    if (process.pid === leaderPid) return program.shownWords;
    return shownName(process.program) === HIDDEN_NAME ? [MASK] : [];
  };
}

/** What the master runs and what of it people may see. */
type HidingProgram = Pick<Program, "argv" | "shownWords" | "encoding">;

/** Whether the master hides a word of it. */
export function hidesWords(program: Pick<Program, "argv" | "shownWords">): boolean {
  return hiddenWords(program).length > 0;
}

/** Processes as people may see them, one of whose names may be that of a program which the master hides. */
export function concealNames<P extends { readonly program: string }>(
  program: HidingProgram,
  processes: readonly P[],
): readonly P[] {
  const shownName = nameConcealer(program);
  return processes.map((process) => ({ ...process, program: shownName(process.program) }));
}

/** The outcome of a program with the names of all processes in it as people may see them. */
export function concealOutcome(program: HidingProgram, outcome: RunOutcome): RunOutcome {
  const { leftRunning, leftKilled, outputHeldBy } = outcome;
  return {
    ...outcome,
    ...(leftRunning && { leftRunning: concealNames(program, leftRunning) }),
    ...(leftKilled && { leftKilled: concealNames(program, leftKilled) }),
    ...(outputHeldBy && { outputHeldBy: concealNames(program, outputHeldBy) }),
  };
}

/** Names are as in `ListedProcess`, of the kernel's bytes. */
function nameConcealer(program: HidingProgram): (name: string) => string {
  const hidden = hiddenWords(program)
    .map((word) => programName(shownBytes(word, program.encoding).toString("latin1")))
    .filter((name) => name !== "");
  const isHidden = (name: string) =>
    hidden.some((one) => (one.length < LEAST_VALUE_CHARS ? name === one : name.includes(one)));
  return (name) => (isHidden(name) ? HIDDEN_NAME : name);
}

function hiddenWords({ argv, shownWords }: Pick<Program, "argv" | "shownWords">): readonly string[] {
  return argv.filter((word, place) => word !== shownWords[place]);
}

/** A function that hides the secrets in the arguments of one process; `env` is the environment of the command. */
export function concealer(env: Readonly<Record<string, string>>): (argv: readonly string[]) => readonly string[] {
  const replacements = Object.entries(env)
    .filter(([name, value]) => value.length >= LEAST_VALUE_CHARS && TELLING_NAME.test(name))
    // The longest first: one may be a part of another.
    .toSorted(([, a], [, b]) => b.length - a.length);
  const hasUnreadable = replacements.some(([, value]) => NON_ASCII.test(value));
  const conceal = (argument: string) => {
    // Nobody would be shown all of it, and of a part it cannot be told what it belongs to.
    if (argument.length > COMMAND_LINE_LIMIT_CHARS) return `<${argument.length} characters>`;
    // What is not UTF-8 may be one of the values in another encoding.
    if (hasUnreadable && argument.includes("\uFFFD")) return MASK;
    return replacements
      .reduce((text, [name, value]) => text.replaceAll(value, () => `$${name}`), argument)
      .replaceAll(TELLING_TEXT, `$1${MASK}`)
      .replaceAll(URL_REST, withoutUser);
  };
  return (argv) =>
    argv.map((argument, place) => (TELLING_OPTION.test(argv[place - 1] ?? "") ? MASK : conceal(argument)));
}

/** `//user:password@host` as `//***@host`. A password may have slashes in it. */
function withoutUser(url: string): string {
  const end = url.lastIndexOf("@");
  return end < 0 ? url : `//${MASK}${url.slice(end)}`;
}

/** As the kernel has it, of a word that is run; a character stands for a byte. */
function programName(word: string): string {
  return basename(word).slice(0, PROGRAM_NAME_BYTES);
}
