// The completion script for bash, without the library of the package bash-completion.
import { choicesOf, pathKindOf, spellings } from "./places.js";

export function bashScript(places) {
  const groups = places.filter(({ isGroup }) => isGroup).map(({ at }) => `"${at}"`);
  return `# Completion of buildhand for bash, made by \`buildhand completion bash\`.
_buildhand() {
  local IFS=$' \\t\\n' at= cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} words= options= values= paths= i
  # bash makes three words of --option=value
  if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i]} == -* ]] && continue
    case $at in
      ${groups.join("|")}) at="\${at:+$at }\${COMP_WORDS[i]}" ;;
      *) break ;;
    esac
  done
  case $at in
${places.map(placeArm).join("\n")}
  esac
  COMPREPLY=()
  case "$at $prev" in
${places.flatMap(valueArms).join("\n")}
    *)
      if [[ $cur == -* ]]; then words=$options paths=; fi ;;
  esac
  [[ -n $words ]] && COMPREPLY=($(compgen -W "$words" -- "$cur"))
  [[ \${#COMPREPLY[@]} == 1 && \${COMPREPLY[0]} == *= ]] && compopt -o nospace
  [[ -n $paths ]] && compopt -o filenames && while IFS= read -r i; do COMPREPLY+=("$i"); done < <(compgen $paths -- "$cur")
  return 0
}
complete -F _buildhand buildhand
`;
}

function placeArm({ at, words, options, paths }) {
  const long = options.map(({ name, argument }) => `--${name}${argument === undefined ? "" : "="}`);
  const assignments = `words="${words.map(({ word }) => word).join(" ")}" options="${long.join(" ")}" paths=${flagOf(paths)}`;
  return `    "${at}") ${assignments} ;;`;
}

function valueArms({ at, options }) {
  return options
    .filter(({ argument }) => argument !== undefined)
    .map((row) => {
      const patterns = spellings(row).map((spelling) => `"${at} ${spelling}"`);
      const choices = choicesOf(row.argument).join(" ");
      return `    ${patterns.join("|")}) words="${choices}" paths=${flagOf(pathKindOf(row.argument))} ;;`;
    });
}

function flagOf(paths) {
  if (paths === undefined) return "";
  return paths === "directory" ? "-d" : "-f";
}
