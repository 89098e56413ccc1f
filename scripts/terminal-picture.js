// Draws what a terminal shows as an SVG: a prompt with the command, then its output with its colours.

const ESCAPE = "\u001b";
const COLOUR_CHANGE = new RegExp(`${ESCAPE}\\[([\\d;]*)m`);
const CHARACTER_WIDTH = 8.4;
const LINE_HEIGHT = 19;
const MARGIN = 16;
/** The eight colours of a terminal, readable on the background. */
const COLOURS = ["#8a8f98", "#f47067", "#57ab5a", "#c69026", "#539bf5", "#b083f0", "#39c5cf", "#cdd9e5"];

/** @param {string} command @param {string} output @returns {string} */
export function terminalPicture(command, output) {
  const lines = [`${ESCAPE}[32m$${ESCAPE}[0m ${command}`, ...output.trimEnd().split("\n")];
  const plain = lines.map((line) =>
    line
      .split(COLOUR_CHANGE)
      .filter((_, i) => i % 2 === 0)
      .join(""),
  );
  const width = Math.ceil(Math.max(...plain.map((line) => line.length)) * CHARACTER_WIDTH + 2 * MARGIN);
  const height = lines.length * LINE_HEIGHT + 2 * MARGIN;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${command}</title>
<rect width="100%" height="100%" rx="8" fill="#1c2128"/>
<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="14" fill="#cdd9e5">
${lines.map((line, i) => `<text x="${MARGIN}" y="${MARGIN + (i + 0.75) * LINE_HEIGHT}">${spans(line)}</text>`).join("\n")}
</g>
</svg>
`;
}

/** The line with a `tspan` for each coloured part. */
function spans(line) {
  const [first = "", ...rest] = line.split(COLOUR_CHANGE);
  const parts = rest.map((text, i) => [rest[i - 1], text]).filter((_, i) => i % 2 === 1);
  return escaped(first) + parts.map(([codes, text]) => span(codes, text)).join("");
}

function span(codes, text) {
  const code = codes
    .split(";")
    .map(Number)
    .find((one) => one >= 30 && one < 38);
  return code === undefined || text === ""
    ? escaped(text)
    : `<tspan fill="${COLOURS[code - 30]}">${escaped(text)}</tspan>`;
}

/** Spaces that are not collapsed. */
function escaped(text) {
  return text.replaceAll(" ", "\u00a0").replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
