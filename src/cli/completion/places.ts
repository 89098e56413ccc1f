// What can come next on a command line, for each beginning of one: what the scripts of all shells are made of. Pure.
import { type CommandHelp, globalOptions, helpOptions } from "../help.ts";
import type { OptionRow } from "../option-parser.ts";

export type PathKind = "directory" | "file" | undefined;

export interface CompletionPlace {
  /** The words of the command so far: "", `master`, `master create`. */
  readonly at: string;
  /** The words that may follow; another one leads to another place only where `isGroup`. */
  readonly words: readonly { readonly word: string; readonly help: string }[];
  readonly isGroup: boolean;
  readonly options: readonly OptionRow[];
  /** What its arguments are the paths of. */
  readonly paths: PathKind;
}

export function completionPlaces(commands: readonly CommandHelp[]): readonly CompletionPlace[] {
  const groups = [...new Set(commands.flatMap(({ name }) => (name.includes(" ") ? [name.replace(/ .*/, "")] : [])))];
  return [
    groupPlace("", commands, globalOptions),
    ...groups.map((group) => groupPlace(group, membersOf(commands, group), helpOptions)),
    groupPlace("help", commands, helpOptions),
    ...groups.map((group) => groupPlace(`help ${group}`, membersOf(commands, group), [])),
    ...commands.filter(({ name }) => name !== "help").map(commandPlace),
  ];
}

/** With the second of their two words as names. */
function membersOf(commands: readonly CommandHelp[], group: string): readonly CommandHelp[] {
  const members = commands.filter(({ name }) => name.startsWith(`${group} `));
  return members.map((command) => ({ ...command, name: command.name.slice(group.length + 1) }));
}

function groupPlace(at: string, commands: readonly CommandHelp[], options: readonly OptionRow[]): CompletionPlace {
  const helps = new Map<string, string>();
  for (const { name, help } of commands) {
    const [word = "", second] = name.split(" ");
    helps.set(word, second === undefined ? help : [helps.get(word), second].filter(Boolean).join(", "));
  }
  const words = [...helps].map(([word, help]) => ({ word, help }));
  return { at, words, isGroup: true, options, paths: undefined };
}

function commandPlace({ name, arguments: usage, options }: CommandHelp): CompletionPlace {
  const words = choicesOf(usage).map((word) => ({ word, help: "" }));
  const rows = [...options, ...helpOptions].filter(({ hidden }) => hidden !== true);
  return { at: name, words, isGroup: false, options: rows, paths: pathKindOf(usage) };
}

/** The words of `auto|on|off`; none for the name of a value. */
export function choicesOf(argument: string | undefined): readonly string[] {
  return argument !== undefined && /^[a-z][\w-]*(?:\|[a-z][\w-]*)+$/.test(argument) ? argument.split("|") : [];
}

/** By the field's words for paths in usages. */
export function pathKindOf(argument: string | undefined): PathKind {
  if (/DIR/.test(argument ?? "")) return "directory";
  return /FILE|PATH|RECIPE|TAC/.test(argument ?? "") ? "file" : undefined;
}

/** Long and short, with dashes. */
export function spellings({ name, short }: OptionRow): readonly string[] {
  return short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];
}
