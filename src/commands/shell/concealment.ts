// Hides secrets in the arguments of processes that were found running, before people see them: words that the master hides,
// what variables with telling names hold, and what follows a telling name. What a program read from
// a file and gave to another as an argument cannot be known for a secret.

import type { ExaminedProcess } from "../../process/tree-report.ts";
import type { Program } from "./program.ts";

export interface Secrets {
  /** What the master shows in place of a word, by the real word. */
  readonly hiddenWords: ReadonlyMap<string, string>;
  /** The environment of the command. */
  readonly env: Readonly<Record<string, string>>;
}

/** Shorter values of variables stand in too many words by chance. */
const LEAST_VALUE_CHARS = 4;

const MASK = "***";

const NON_ASCII = /[^\0-\x7f]/;

const TELLING_NAME = /pass(?!ing|ed)|token|secret|api_?key|private_?key|access_?key|credential|auth(?!or)/i;
/** `--password`, whose value is the next argument. */
const TELLING_OPTION = /^--?[\w-]*(?:password|passwd|passphrase|token|secret|api-?key|access-?key|credentials?)$/i;
/** `password=…`, `"token": "…"`, `Authorization: Bearer …`, wherever they stand in an argument. */
const TELLING_TEXT =
  /((?:password|passwd|passphrase|token|secret|api[-_]?key|access[-_]?key|credentials?)[\w-]*["']?\s*[=:]\s*["']?|authorization["']?\s*[=:]\s*["']?(?:\w+\s+)?)[^\s"'&;]+/gi;
/** `https://user:password@host`. */
const URL_PASSWORD = /(\/\/[^\s/:@]*:)[^\s/@]+(?=@)/g;

/**
 * A function that gives the arguments of one of the program's processes as people may see them. Its first process, which
 * may have been told a hidden word in whatever form, is shown as the program itself is.
 */
export function shownArguments(
  { argv: real, shownWords }: Pick<Program, "argv" | "shownWords">,
  { env, leaderPid }: { readonly env: Secrets["env"]; readonly leaderPid: number | undefined },
): (process: Pick<ExaminedProcess, "pid" | "argv">) => readonly string[] {
  const hiddenWords = new Map(
    real.flatMap((word, place) => (word === shownWords[place] ? [] : [[word, shownWords[place] ?? MASK] as const])),
  );
  const conceal = concealer({ hiddenWords, env });
  return ({ pid, argv }) => (hiddenWords.size > 0 && pid === leaderPid ? shownWords : conceal(argv));
}

/** A function that hides the secrets in the arguments of one process. */
export function concealer({ hiddenWords, env }: Secrets): (argv: readonly string[]) => readonly string[] {
  const variables = Object.entries(env)
    .filter(([name, value]) => value.length >= LEAST_VALUE_CHARS && TELLING_NAME.test(name))
    .map(([name, value]) => [value, `$${name}`] as const);
  // The longest first: one may be a part of another.
  const replacements = [...hiddenWords, ...variables]
    .filter(([real]) => real !== "")
    .toSorted(([a], [b]) => b.length - a.length);
  const hasUnreadable = replacements.some(([real]) => NON_ASCII.test(real));
  const conceal = (argument: string) => {
    // What is not UTF-8 may be one of the words in another encoding.
    if (hasUnreadable && argument.includes("\uFFFD")) return MASK;
    return replacements
      .reduce((text, [real, shown]) => text.replaceAll(real, () => shown), argument)
      .replaceAll(TELLING_TEXT, `$1${MASK}`)
      .replaceAll(URL_PASSWORD, `$1${MASK}`);
  };
  return (argv) =>
    argv.map((argument, place) => (TELLING_OPTION.test(argv[place - 1] ?? "") ? MASK : conceal(argument)));
}
