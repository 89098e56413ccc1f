// What can come next on a command line, for each beginning of one: what the scripts of all shells are made of. Pure.

/**
 * One place for each beginning: `at`, its words so far ("", `master`, `master create`); `words` that may follow, each with its
 * help; `isGroup`, whether another word leads to another place; `options`, rows; `paths`, what its arguments are the paths of:
 * "directory", "file" or undefined.
 */
export function completionPlaces({ subcommands: commands, globalOptions, helpOptions }) {
  const groups = [...new Set(commands.flatMap(({ name }) => (name.includes(" ") ? [name.replace(/ .*/, "")] : [])))];
  return [
    groupPlace("", commands, globalOptions),
    ...groups.map((group) => groupPlace(group, membersOf(commands, group), helpOptions)),
    groupPlace("help", commands, helpOptions),
    ...groups.map((group) => groupPlace(`help ${group}`, membersOf(commands, group), [])),
    ...commands.filter(({ name }) => name !== "help").map((command) => commandPlace(command, helpOptions)),
  ];
}

/** With the second of their two words as names. */
function membersOf(commands, group) {
  const members = commands.filter(({ name }) => name.startsWith(`${group} `));
  return members.map((command) => ({ ...command, name: command.name.slice(group.length + 1) }));
}

function groupPlace(at, commands, options) {
  const helps = new Map();
  for (const { name, help } of commands) {
    const [word = "", second] = name.split(" ");
    helps.set(word, second === undefined ? help : [helps.get(word), second].filter(Boolean).join(", "));
  }
  const words = [...helps].map(([word, help]) => ({ word, help }));
  return { at, words, isGroup: true, options, paths: undefined };
}

function commandPlace({ name, arguments: usage, options }, helpOptions) {
  const words = choicesOf(usage).map((word) => ({ word, help: "" }));
  const rows = [...options, ...helpOptions].filter(({ hidden }) => hidden !== true);
  return { at: name, words, isGroup: false, options: rows, paths: pathKindOf(usage) };
}

/** The words of `auto|on|off`; none for the name of a value. */
export function choicesOf(argument) {
  return argument !== undefined && /^[a-z][\w-]*(?:\|[a-z][\w-]*)+$/.test(argument) ? argument.split("|") : [];
}

/** By the field's words for paths in usages. */
export function pathKindOf(argument) {
  if (/DIR/.test(argument ?? "")) return "directory";
  return /FILE|PATH|RECIPE|TAC/.test(argument ?? "") ? "file" : undefined;
}

/** Long and short, with dashes. */
export function spellings({ name, short }) {
  return short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];
}
