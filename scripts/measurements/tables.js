// Tables of Markdown, whose cells are plain text.

/** @param {readonly string[]} head @param {readonly (readonly string[])[]} rows */
export function table(head, rows) {
  return [head, head.map(() => "---"), ...rows.map((cells) => cells.map(cell))].map(line).join("\n");
}

function line(cells) {
  return `| ${cells.join(" | ")} |`;
}

/** On one line, and without anything that a table or HTML would take for its own. */
function cell(text) {
  return text.replaceAll("|", "\\|").replaceAll(/\s+/g, " ").replaceAll("<", "&lt;");
}
