// docs/options.md, made of the same rows that are parsed and that --help shows.
import { longUsage } from "./help.ts";
import type { OptionRow } from "./option-parser.ts";
import { globalOptions, helpOptions, subcommands } from "./subcommands.ts";

/** The whole page; scripts/write-options.js writes it. */
export function optionsPage(): string {
  const sections = subcommands.map(({ name, arguments: usage, help, options }) =>
    [`## ${name}`, `\`buildhand ${name} ${usage}\``, sentence(help), table([...options, ...helpOptions])].join("\n\n"),
  );
  return `${[HEAD, table(globalOptions), ...sections].join("\n\n")}\n`;
}

const HEAD = `# Options

<!-- made by scripts/write-options.js: edit the rows in src/cli, not this page -->

\`buildhand [options] COMMAND [options] [arguments]\`

Options stand in front of the arguments. Long ones may be shortened as long as no other begins the same way, and are given
their argument as \`--umask=0o22\` or \`--umask 0o22\`; short ones may be bundled: \`-qk30\`. After \`--\` there are no options.

## Before the command`;

function table(rows: readonly OptionRow[]): string {
  const lines = rows.filter((row) => row.hidden !== true).map(tableRow);
  return ["| option | default | meaning |", "| --- | --- | --- |", ...lines].join("\n");
}

function tableRow(row: OptionRow): string {
  const { short, help } = row;
  const long = longUsage(row);
  const option = (short === undefined ? [long] : [`-${short}`, long]).map(code).join(", ");
  return `| ${option} | ${row.default ? code(row.default) : ""} | ${inCell(help)} |`;
}

function code(text: string): string {
  return `\`${inCell(text)}\``;
}

function inCell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
