// The completion script for fish.
import { choicesOf, pathKindOf } from "./places.js";

export function fishScript(places) {
  const groups = places.filter(({ isGroup }) => isGroup).map(({ at }) => quoted(at));
  return `# Completion of buildhand for fish, made by \`buildhand completion fish\`.
function __buildhand_at
    set -l at ''
    for word in (commandline -opc)[2..]
        string match -q -- '-*' $word; and continue
        contains -- $at ${groups.join(" ")}; or break
        set at (string trim -- "$at $word")
    end
    test "$at" = "$argv"
end
complete -c buildhand -f
${places.flatMap(placeLines).join("\n")}
`;
}

function placeLines({ at, words, options, paths }) {
  const start = `complete -c buildhand -n ${quoted(`__buildhand_at ${quoted(at)}`)}`;
  const pathLine = { directory: [`${start} -a '(__fish_complete_directories)'`], file: [`${start} -F`] };
  return [
    ...words.map(({ word, help }) => `${start} -a ${word} -d ${quoted(help)}`),
    ...(paths === undefined ? [] : pathLine[paths]),
    ...options.map((row) => `${start} ${optionWords(row).join(" ")}`),
  ];
}

function optionWords({ name, short, argument, help }) {
  const choices = choicesOf(argument);
  return [
    `-l ${name}`,
    ...(short === undefined ? [] : [`-s ${short}`]),
    ...(argument === undefined ? [] : [pathKindOf(argument) === undefined ? "-x" : "-r -F"]),
    ...(choices.length > 0 ? [`-a ${quoted(choices.join(" "))}`] : []),
    `-d ${quoted(help)}`,
  ];
}

function quoted(text) {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
