// Hides secrets in the names and arguments of running processes before they are shown: all arguments if the master
// hides a word, values of variables whose names suggest a secret, and values after such names. Secrets that a program
// reads from a file and passes on as an argument cannot be recognized.
import { basename } from "node:path";
import { MASK, passwordsInUrls, SECRET_NAME, SECRET_OPTION, withoutNamedSecrets } from "../../base/secret-text.ts";
import type { ExaminedProcess } from "../../process/diagnosis/index.ts";
import type { RunOutcome } from "../../process/run/index.ts";
import { HIDDEN_NAME } from "../../process/tree/index.ts";
import { type Program, shownBytes } from "./program.ts";
import { COMMAND_LINE_LIMIT_CHARS } from "./tree-text.ts";

/** Shorter values of variables and shorter hidden words occur in too many other texts by chance. */
const LEAST_VALUE_CHARS = 4;
/** The kernel's limit for the name of a program. */
const PROGRAM_NAME_BYTES = 15;

const NON_ASCII = /[^\0-\x7f]/;

/** Matches with or without an `@`, so that nothing is scanned twice. */
const URL_REST = /\/\/[^\s"'<>]+/g;

/**
 * Returns a function that hides secrets in the arguments of one of the program's processes. If the master hides a word,
 * which may be a script, or be passed on in any form, the first process is shown like the program itself, and only the
 * names of the others.
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

/** The program, and which of its words are hidden. */
type HidingProgram = Pick<Program, "argv" | "shownWords" | "encoding">;

export function hidesWords(program: Pick<Program, "argv" | "shownWords">): boolean {
  return hiddenWords(program).length > 0;
}

/** Processes, without names of programs that the master hides. */
export function concealNames<P extends { readonly program: string }>(
  program: HidingProgram,
  processes: readonly P[],
): readonly P[] {
  const shownName = nameConcealer(program);
  return processes.map((process) => ({ ...process, program: shownName(process.program) }));
}

/** The words that the master hides, and passwords in URLs that it gives to a program. */
export function givenSecrets(program: Pick<Program, "argv" | "shownWords">, env: Readonly<Record<string, string>>) {
  return [...hiddenWords(program), ...[...program.argv, ...Object.values(env)].flatMap(passwordsInUrls)];
}

/** The outcome of a program, without such names. */
export function concealOutcome(program: HidingProgram, outcome: RunOutcome): RunOutcome {
  const { leftRunning, leftKilled, outputHeldBy } = outcome;
  return {
    ...outcome,
    ...(leftRunning && { leftRunning: concealNames(program, leftRunning) }),
    ...(leftKilled && { leftKilled: concealNames(program, leftKilled) }),
    ...(outputHeldBy && { outputHeldBy: concealNames(program, outputHeldBy) }),
  };
}

/** Names consist of the kernel's bytes, as in `ListedProcess`. */
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

/** Returns a function that hides secrets in the arguments of one process; `env` is the environment of the command. */
export function concealer(env: Readonly<Record<string, string>>): (argv: readonly string[]) => readonly string[] {
  const replacements = Object.entries(env)
    .filter(([name, value]) => value.length >= LEAST_VALUE_CHARS && SECRET_NAME.test(name))
    // The longest first, since one may be part of another.
    .toSorted(([, a], [, b]) => b.length - a.length);
  const hasUnreadable = replacements.some(([, value]) => NON_ASCII.test(value));
  const conceal = (argument: string) => {
    // It would have to be cut, and secrets cannot be recognized in a part of it.
    if (argument.length > COMMAND_LINE_LIMIT_CHARS) return `<${argument.length} characters>`;
    // Invalid UTF-8 may be one of the values in another encoding.
    if (hasUnreadable && argument.includes("\uFFFD")) return MASK;
    const named = replacements.reduce((text, [name, value]) => text.replaceAll(value, () => `$${name}`), argument);
    return withoutNamedSecrets(named).replaceAll(URL_REST, withoutUser);
  };
  return (argv) =>
    argv.map((argument, place) => (SECRET_OPTION.test(argv[place - 1] ?? "") ? MASK : conceal(argument)));
}

/** `//***@host` for `//user:password@host`. A password may contain slashes. */
function withoutUser(url: string): string {
  const end = url.lastIndexOf("@");
  return end < 0 ? url : `//${MASK}${url.slice(end)}`;
}

/** The kernel's name for a program; each character stands for a byte. */
function programName(word: string): string {
  return basename(word).slice(0, PROGRAM_NAME_BYTES);
}
