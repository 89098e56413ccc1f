// Reads options as `buildbot-worker` does (getopt): long ones in full or by an unambiguous beginning, short ones bundled,
// and only in front of the first argument, so that a password may begin with a dash.
import { baseErrors } from "../base/errors.ts";
import { didYouMean } from "../base/near-name.ts";

export interface OptionRow {
  /** Long name without dashes. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** What its argument is called in the help; without one the option is a flag. */
  readonly argument?: string;
  /** One sentence. */
  readonly help: string;
  /** The argument that stands for a missing option. */
  readonly default?: string;
  /** For this program's own use: not in the help. */
  readonly hidden?: boolean;
}

export interface ParsedOptions {
  readonly flags: ReadonlySet<string>;
  /** The last one of each. */
  readonly values: ReadonlyMap<string, string>;
  readonly rest: readonly string[];
}

/** Throws ERR_USAGE. */
export function parseOptions(rows: readonly OptionRow[], argv: readonly string[]): ParsedOptions {
  const flags = new Set<string>();
  const values = new Map<string, string>();
  const waiting = [...argv];
  while (waiting[0]?.startsWith("-") && waiting[0] !== "-") {
    const word = waiting.shift()!;
    if (word === "--") break;
    for (const { row, shown, attached } of word.startsWith("--") ? readLong(rows, word) : readShort(rows, word)) {
      if (row.argument === undefined) {
        if (attached !== undefined) throw baseErrors.usage(`option ${shown} must not have an argument`);
        flags.add(row.name);
        continue;
      }
      const value = attached ?? waiting.shift();
      if (value === undefined) throw baseErrors.usage(`option ${shown} requires argument`);
      values.set(row.name, value);
    }
  }
  return { flags, values, rest: waiting };
}

/** Those of the given options that are among `rows`, as words of a command line. */
export function optionWords({ flags, values }: ParsedOptions, rows: readonly OptionRow[]): readonly string[] {
  const given = rows.filter(({ name }) => flags.has(name) || values.has(name));
  return given.map(({ name }) => (flags.has(name) ? `--${name}` : `--${name}=${values.get(name)}`));
}

interface Found {
  readonly row: OptionRow;
  readonly shown: string;
  readonly attached?: string | undefined;
}

function readLong(rows: readonly OptionRow[], word: string): Found[] {
  const [, name = "", attached] = /^--([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
  const candidates = rows.filter((row) => row.name.startsWith(name));
  const row = candidates.find((candidate) => candidate.name === name) ?? candidates[0];
  if (row === undefined) {
    const names = rows.filter(({ hidden }) => hidden !== true).map((known) => `--${known.name}`);
    throw baseErrors.usage(`option --${name} not recognized${didYouMean(`--${name}`, names)}`);
  }
  if (row.name !== name && candidates.length > 1) throw baseErrors.usage(`option --${name} not a unique prefix`);
  return [{ row, shown: `--${row.name}`, attached }];
}

/** `-qf`, and `-k60` for an option with an argument. */
function readShort(rows: readonly OptionRow[], word: string): Found[] {
  const found: Found[] = [];
  for (let at = 1; at < word.length; at += 1) {
    const letter = word[at]!;
    const row = rows.find((candidate) => candidate.short === letter);
    if (row === undefined) throw baseErrors.usage(`option -${letter} not recognized`);
    const following = word.slice(at + 1);
    if (row.argument !== undefined) {
      return [...found, { row, shown: `-${letter}`, attached: following === "" ? undefined : following }];
    }
    found.push({ row, shown: `-${letter}` });
  }
  return found;
}
