// The completion script for zsh, for a directory of its fpath.
import { choicesOf, pathKindOf } from "./places.js";

export function zshScript(places) {
  const groups = places.filter(({ isGroup }) => isGroup).map(({ at }) => quoted(at));
  return `#compdef buildhand
# Completion of buildhand for zsh, made by \`buildhand completion zsh\`.
_buildhand() {
  local at= i=1
  local -a next
  while (( ++i < CURRENT )); do
    [[ $words[i] == -* ]] && continue
    case $at in
      (${groups.join("|")}) at="\${at:+$at }$words[i]" ;;
      (*) break ;;
    esac
  done
  words=(buildhand "\${(@)words[i,-1]}")
  (( CURRENT -= i - 2 ))
  case $at in
${places.map(placeArm).join("\n")}
  esac
}
if [[ $funcstack[1] == _buildhand ]]; then _buildhand "$@"; else compdef _buildhand buildhand; fi
`;
}

function placeArm({ at, words, options, paths }) {
  const next = words.map(({ word, help }) => quoted(help === "" ? word : `${word}:${help.replaceAll(":", "\\:")}`));
  const specs = options.flatMap(optionSpecs);
  if (paths !== undefined) specs.push(`'*:${paths}:_files${paths === "directory" ? " -/" : ""}'`);
  if (words.length > 0) specs.push("'*::command:->next'");
  const [head, ...tail] = specs;
  const call = [`_arguments -S ${head ?? ""}`, ...tail].join(" \\\n        ");
  if (words.length === 0) return `    (${quoted(at)})\n      ${call} ;;`;
  return `    (${quoted(at)})\n      next=(${next.join(" ")})\n      ${call} || _describe command next ;;`;
}

function optionSpecs(row) {
  const { short, argument, help } = row;
  const explanation = `[${`${help}`.replaceAll("[", "(").replaceAll("]", ")")}]`;
  const value = argument === undefined ? "" : `:${argument.replaceAll(":", "\\:")}:${actionOf(argument)}`;
  const long = quoted(`--${row.name}${argument === undefined ? "" : "="}${explanation}${value}`);
  return short === undefined
    ? [long]
    : [long, quoted(`-${short}${argument === undefined ? "" : "+"}${explanation}${value}`)];
}

function actionOf(argument) {
  const choices = choicesOf(argument);
  if (choices.length > 0) return `(${choices.join(" ")})`;
  const paths = pathKindOf(argument);
  if (paths === undefined) return " ";
  return paths === "directory" ? "_files -/" : "_files";
}

function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
