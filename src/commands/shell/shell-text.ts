// Which program a line for a shell calls first, where that can be seen without being a shell. Pure.
import { basename } from "node:path";

const SHELLS = new Set(["sh", "bash", "dash", "ash", "ksh", "zsh"]);

/** What a shell does itself, or takes for a part of its language. */
const SHELL_WORDS = new Set(
  (
    ". : [ [[ alias bg bind break builtin caller case cd command compgen complete continue coproc declare dirs disown do " +
    "done echo elif else enable esac eval exec exit export false fc fg fi for function getopts hash help history if in " +
    "jobs kill let local logout mapfile popd printf pushd pwd read readarray readonly return select set shift shopt " +
    "source suspend test then time times trap true type typeset ulimit umask unalias unset until wait while"
  ).split(" "),
);

/** A word that no shell changes, and that is a word of its own. */
const PLAIN_WORD = /^\s*([A-Za-z0-9_@%+:,./-]+)(?=\s|$)/;

/** `make` of `sh -c 'make all'`; undefined when it is no such line, or one that begins otherwise. */
export function calledProgram(argv: readonly string[]): string | undefined {
  const [shell = "", ...options] = argv;
  if (!SHELLS.has(basename(shell))) return undefined;
  const command = options.findIndex((option) => /^-[a-z]*c$/.test(option));
  const word = command < 0 ? undefined : PLAIN_WORD.exec(options[command + 1] ?? "")?.[1];
  return word === undefined || SHELL_WORDS.has(word) ? undefined : word;
}
