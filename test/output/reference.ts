// The rules of lines said in the plainest way, on the whole text at once, to compare the streaming code with.

const ESC = "\x1b";
const NUMBER = "[0-9]{1,16}";
const RULES = new RegExp(String.raw`\r\n|\r|${ESC}\[u|${ESC}\[${NUMBER};${NUMBER}[Hf]|${ESC}\[2J|[\b]+`, "g");

/** Every newline rule applied to a whole stream. */
export function withNewlines(text: string): string {
  return text.replace(RULES, "\n");
}

/** The lines of a whole stream, each below the limit of UTF-8 bytes with its newline. */
export function referenceLines(text: string, limitBytes: number): string {
  const mapped = withNewlines(text);
  const lines = mapped.endsWith("\n") ? mapped.slice(0, -1).split("\n") : mapped.split("\n");
  return mapped === "" ? "" : lines.map((line) => `${cut(line, limitBytes - 1).join("\n")}\n`).join("");
}

function cut(line: string, mostBytes: number): string[] {
  const pieces = [""];
  for (const character of line) {
    const longer = pieces.at(-1) + character;
    if (Buffer.byteLength(longer) <= mostBytes) pieces[pieces.length - 1] = longer;
    else pieces.push(character);
  }
  return pieces;
}
