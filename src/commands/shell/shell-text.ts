// Finds the first program that a shell command line calls, if that is possible without a shell parser. Pure.
import { basename } from "node:path";

const SHELLS = new Set(["sh", "bash", "dash", "ash", "ksh", "zsh"]);

/** Builtins and reserved words of shells. */
const SHELL_WORDS = new Set(
  (
    ". : [ [[ alias bg bind break builtin caller case cd command compgen complete continue coproc declare dirs disown do " +
    "done echo elif else enable esac eval exec exit export false fc fg fi for function getopts hash help history if in " +
    "jobs kill let local logout mapfile popd printf pushd pwd read readarray readonly return select set shift shopt " +
    "source suspend test then time times trap true type typeset ulimit umask unalias unset until wait while"
  ).split(" "),
);

/** A word without expansions and special characters. */
const PLAIN_WORD = /^\s*([A-Za-z0-9_@%+:,./-]+)(?=\s|$)/;

/** `make` for `sh -c 'make all'`; undefined for anything more complex. */
export function calledProgram(argv: readonly string[]): string | undefined {
  const [shell = "", ...options] = argv;
  if (!SHELLS.has(basename(shell))) return undefined;
  const command = options.findIndex((option) => /^-[a-z]*c$/.test(option));
  const word = command < 0 ? undefined : PLAIN_WORD.exec(options[command + 1] ?? "")?.[1];
  return word === undefined || SHELL_WORDS.has(word) ? undefined : word;
}
