// Parses options as `buildbot-worker` does (getopt): long options may be abbreviated to a unique prefix, short ones bundled, and
// options end at the first argument, so that a password may begin with a dash.
import { baseErrors } from "../base/errors.ts";
import { didYouMean } from "../base/near-name.ts";

export interface OptionRow {
  /** Long name without dashes. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** Name of its argument in the help; without one the option is a flag. */
  readonly argument?: string;
  /** One sentence. */
  readonly help: string;
  /** The value when the option is not given. */
  readonly default?: string;
  /** For internal use: not in the help. */
  readonly hidden?: boolean;
}

export interface ParsedOptions {
  readonly flags: ReadonlySet<string>;
  /** When an option is repeated, the last one. */
  readonly values: ReadonlyMap<string, string>;
  readonly rest: readonly string[];
}

/** Throws ERR_USAGE. */
export function parseOptions(rows: readonly OptionRow[], argv: readonly string[]): ParsedOptions {
  const flags = new Set<string>();
  const values = new Map<string, string>();
  const remaining = [...argv];
  while (remaining[0]?.startsWith("-") && remaining[0] !== "-") {
    const word = remaining.shift()!;
    if (word === "--") break;
    for (const { row, shown, attached } of word.startsWith("--") ? readLong(rows, word) : readShort(rows, word)) {
      if (row.argument === undefined) {
        if (attached !== undefined) throw baseErrors.usage(`option ${shown} must not have an argument`);
        flags.add(row.name);
        continue;
      }
      const value = attached ?? remaining.shift();
      if (value === undefined) throw baseErrors.usage(`option ${shown} requires argument`);
      values.set(row.name, value);
    }
  }
  return { flags, values, rest: remaining };
}

/** The given options that are in `rows`, as words of a command line. */
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
