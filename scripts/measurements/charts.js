// Charts as SVG: horizontal bars, and lines over time. They have their own background, so that any page can show them.

const WIDTH = 920;
const MARGIN = 16;
const ROW = 26;
const COLOURS = ["#0b62a8", "#c8580a", "#2f7d4f"];
const TEXT = "#24292f";
const FAINT = "#d0d7de";

/**
 * A bar for each row. With `isLogarithmic`, bars begin at 1.
 * @param {{ title: string, rows: readonly { label: string, value: number, shown: string, series?: number }[], series?: readonly string[], mark?: { value: number, label: string }, isLogarithmic?: boolean }} chart
 */
export function barChart({ title, rows, series = [], mark, isLogarithmic = false }) {
  const [left, right] = [470, WIDTH - 90];
  const top = MARGIN + 34 + (series.length > 0 ? 20 : 0);
  const place = isLogarithmic ? Math.log10 : (value) => value;
  const most = Math.max(...rows.map(({ value }) => place(value)), mark === undefined ? 0 : place(mark.value));
  const least = isLogarithmic ? Math.min(0, ...rows.map(({ value }) => place(value))) : 0;
  const x = (value) => left + ((place(value) - least) / (most - least)) * (right - left);
  const start = x(isLogarithmic ? 1 : 0);
  const bars = rows.flatMap(({ label, value, shown, series: one = 0 }, i) => {
    const y = top + i * ROW;
    const [from, to] = [Math.min(start, x(value)), Math.max(start, x(value))];
    return [
      text(left - 8, y + 14, label, "end"),
      `<rect x="${round(from)}" y="${y + 2}" width="${round(Math.max(1, to - from))}" height="16" fill="${COLOURS[one]}"/>`,
      text(round(to) + 6, y + 14, shown),
    ];
  });
  const height = top + rows.length * ROW + (mark === undefined ? 0 : 20) + MARGIN;
  const marked = mark === undefined ? [] : markAt(round(x(mark.value)), top, height - MARGIN - 16, mark.label);
  return svg(title, height, [...legend(series, left), ...bars, ...marked]);
}

/** @param {{ title: string, unitX: string, unitY: string, series: readonly { label: string, points: readonly (readonly [number, number])[] }[] }} chart */
export function lineChart({ title, unitX, unitY, series }) {
  const [left, right, top, bottom] = [60, WIDTH - 30, 72, 300];
  const points = series.flatMap((one) => one.points);
  const mostX = Math.max(...points.map(([x]) => x));
  const mostY = Math.ceil(Math.max(...points.map(([, y]) => y)) / 2) * 2;
  const x = (value) => round(left + (value / mostX) * (right - left));
  const y = (value) => round(bottom - (value / mostY) * (bottom - top));
  const steps = [0, 0.2, 0.4, 0.6, 0.8, 1];
  const grid = steps.flatMap((part) => [
    `<line x1="${left}" x2="${right}" y1="${y(part * mostY)}" y2="${y(part * mostY)}" stroke="${FAINT}"/>`,
    text(left - 6, y(part * mostY) + 4, String(round(part * mostY)), "end"),
    text(x(part * mostX), bottom + 18, String(Math.round(part * mostX)), "middle"),
  ]);
  const lines = series.map(
    (one, i) =>
      `<polyline fill="none" stroke="${COLOURS[i]}" stroke-width="2" points="${one.points.map(([a, b]) => `${x(a)},${y(b)}`).join(" ")}"/>`,
  );
  const units = [text(left - 6, top - 12, unitY, "end"), text(right, bottom + 34, unitX, "end")];
  return svg(title, bottom + 50, [
    ...legend(
      series.map(({ label }) => label),
      left,
    ),
    ...grid,
    ...lines,
    ...units,
  ]);
}

function svg(title, height, parts) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>${escaped(title)}</title>
<rect width="100%" height="100%" fill="#ffffff"/>
<g font-family="system-ui, sans-serif" font-size="12" fill="${TEXT}">
<text x="${MARGIN}" y="${MARGIN + 12}" font-size="15" font-weight="600">${escaped(title)}</text>
${parts.join("\n")}
</g>
</svg>
`;
}

function legend(series, left) {
  return series.flatMap((label, i) => [
    `<rect x="${left + i * 150}" y="${MARGIN + 26}" width="12" height="12" fill="${COLOURS[i]}"/>`,
    text(left + i * 150 + 18, MARGIN + 36, label),
  ]);
}

function markAt(x, top, bottom, label) {
  return [
    `<line x1="${x}" x2="${x}" y1="${top}" y2="${bottom}" stroke="${TEXT}" stroke-dasharray="4 3"/>`,
    text(x, bottom + 14, label, "middle"),
  ];
}

function text(x, y, words, anchor = "start") {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${escaped(words)}</text>`;
}

function round(value) {
  return Math.round(value * 10) / 10;
}

function escaped(words) {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
