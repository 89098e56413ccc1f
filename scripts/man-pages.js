// The manual pages of section 1, in roff: one of the program and one for each command, from the tables of the command
// line and those of docs/reference/exit-codes.md and files.md. scripts/build.js writes them into dist/man/.

/** The text of each page by the name of its file. `exitCodes` and `files` are the texts of these pages. */
export function manPages({ subcommands, globalOptions, helpOptions }, { version, exitCodes, files }) {
  const exitRows = tableRows(exitCodes, "## Exit codes");
  const fileRows = tableRows(files, "## Files in the base directory");
  const pageOf = (name, ...sections) => [
    `${name}.1`,
    `${[`.TH "${name.toUpperCase()}" 1 "" "buildhand ${version}" "Buildhand"`, ...sections.flat()].map(ascii).join("\n")}\n`,
  ];
  const commandPages = subcommands.map(({ name, arguments: usage, help, options }) =>
    pageOf(
      pageName(name),
      section("NAME", `${text(pageName(name))} \\- ${text(help)}`),
      section("SYNOPSIS", `.B buildhand ${text(name)}`, text(usage)),
      section("DESCRIPTION", `${text(help.charAt(0).toUpperCase() + help.slice(1))}.`),
      section("OPTIONS", ...[...options, ...helpOptions].flatMap(optionEntry)),
      section(
        "EXIT STATUS",
        ...exitRows.filter(([, of]) => isAbout(of, name)).flatMap(([code, , meaning]) => entry(code, meaning)),
      ),
      section("SEE ALSO", ".BR buildhand (1)"),
    ),
  );
  const mainPage = pageOf(
    "buildhand",
    section("NAME", "buildhand \\- a build worker for Buildbot masters"),
    section("SYNOPSIS", ".B buildhand", text("[options] COMMAND [options] [arguments]")),
    section(
      "DESCRIPTION",
      text("Runs the builds of a Buildbot master on this host. A base directory contains the files of one worker."),
      text("Options precede the arguments. Long options may be abbreviated to a unique prefix."),
    ),
    section("COMMANDS", ...subcommands.flatMap(({ name, help }) => entry(`\`${name}\``, help))),
    section("OPTIONS", ...globalOptions.flatMap(optionEntry)),
    section("EXIT STATUS", ...exitRows.flatMap(([code, of, meaning]) => entry(`${code} (${of})`, meaning))),
    section("FILES", ...fileRows.flatMap(([file, content]) => entry(file, content))),
    section(
      "SEE ALSO",
      ...subcommands.map(({ name }, i) => `.BR ${text(pageName(name))} (1)${i < subcommands.length - 1 ? "," : ""}`),
    ),
  );
  return new Map([mainPage, ...commandPages]);
}

/** As git has it: `buildhand-master-create`. */
function pageName(command) {
  return `buildhand-${command.replaceAll(" ", "-")}`;
}

function section(title, ...lines) {
  return [`.SH ${title}`, ...lines];
}

/** A term and what it means, both in Markdown. */
function entry(term, meaning) {
  return [".TP", markdown(term), markdown(meaning)];
}

function optionEntry({ name, short, argument, help, default: value, hidden }) {
  if (hidden) return [];
  const long = `\\fB\\-\\-${text(name)}\\fR${argument === undefined ? "" : `=\\fI${text(argument)}\\fR`}`;
  const note = [undefined, "", "None"].includes(value) ? "" : text(` (default: ${value})`);
  return [".TP", short === undefined ? long : `\\fB\\-${short}\\fR, ${long}`, `${text(help)}${note}`];
}

/** Whether a row about exit codes of `of`, such as "`stop --graceful`, `restart --graceful`", is about the command. */
function isAbout(of, command) {
  return of === "any" || [...of.matchAll(/`([^`]+)`/g)].some(([, words]) => words.replace(/ --.*/, "") === command);
}

/** The cells of the first table below a heading. */
function tableRows(page, heading) {
  const table = page.slice(page.indexOf(`\n${heading}\n`)).match(/(?:^\|.*\n)+/m)?.[0] ?? "";
  const [, , ...rows] = table.trim().split("\n");
  if (rows.length === 0) throw new Error(`no table below "${heading}" in docs/reference/`);
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll("\\|", "|")),
  );
}

/** Code in bold, and links as their text. */
function markdown(source) {
  const parts = source
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll("**", "")
    .split("`");
  return parts
    .map((part, i) => (i % 2 === 0 ? text(part) : `\\fB${text(part)}\\fR`))
    .join("")
    .replace(/^[.']/, "\\&$&");
}

function text(plain) {
  return plain.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^[.']/, "\\&$&");
}

function ascii(line) {
  return line.replace(/[^\x20-\x7e]/gu, (c) => `\\[u${c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}]`);
}
