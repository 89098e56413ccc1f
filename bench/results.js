// Measurements as rows: a figure of a scenario with its medians, spreads, ratios and goals.
import { shownFigure, shownLabel } from "./figures.js";
import { spreadOf, spreadOfRatios } from "./statistics.js";

/**
 * @typedef {object} Row
 * @property {string} scenario
 * @property {string} figure
 * @property {import("./statistics.js").Spread} [real]
 * @property {import("./statistics.js").Spread} ours
 * @property {import("./statistics.js").Spread} [limit]
 * @property {import("./statistics.js").Spread} [timesBetter] The real worker's over ours.
 * @property {import("./statistics.js").Spread} [timesLimit] Ours over the limit's.
 * @property {readonly { text: string, isMet?: boolean }[]} goals Not judged without `isMet`.
 */

/** @param {import("./scenarios.js").Scenario} scenario @param {import("./measure.js").Measured} measured @param {boolean} [judges] @returns {Row[]} */
export function rowsOf(scenario, measured, judges = true) {
  return Object.keys(measured.ours[0]).map((figure) => {
    const valuesOf = (side) =>
      measured[side]?.map((figures) => figures[figure]).filter((value) => value !== undefined) ?? [];
    const [real, ours, limit] = [valuesOf("real"), valuesOf("ours"), valuesOf("limit")];
    const row = {
      scenario: scenario.name,
      figure,
      ours: spreadOf(ours),
      ...(real.length > 0 && { real: spreadOf(real), timesBetter: spreadOfRatios(real, ours) }),
      ...(limit.length > 0 && { limit: spreadOf(limit), timesLimit: spreadOfRatios(ours, limit) }),
    };
    const goals = (scenario.goals ?? []).filter((goal) => goal.figure === figure).map((goal) => judged(goal, row));
    const known = goals.filter((goal) => goal !== undefined);
    return { ...row, goals: judges ? known : known.map(({ text }) => ({ text })) };
  });
}

/** The cells of a table, a line for each row below the names of the columns. @param {readonly Row[]} rows @param {readonly import("./scenarios.js").Scenario[]} scenarios */
export function cellsOf(rows, scenarios) {
  const head = ["scenario", "figure", "Buildbot's", "Buildhand", "times better", "limit", "times the limit", "goal"];
  const lines = rows.map((row) => [
    scenarios.find(({ name }) => name === row.scenario)?.title ?? row.scenario,
    shownLabel(row.figure),
    shownSpread(row.real, (value) => shownFigure(row.figure, value)),
    shownSpread(row.ours, (value) => shownFigure(row.figure, value)),
    shownSpread(row.timesBetter, shownRatio),
    shownSpread(row.limit, (value) => shownFigure(row.figure, value)),
    shownSpread(row.timesLimit, shownRatio),
    row.goals.map(shownGoal).join("; "),
  ]);
  return [head, ...lines];
}

function shownGoal({ text, isMet }) {
  if (isMet === undefined) return `${text}: not judged`;
  return isMet ? text : `${text}: **missed**`;
}

function judged(goal, row) {
  if ("most" in goal) return { text: `≤ ${goal.most}`, isMet: row.ours.median <= goal.most };
  if ("mostOfLimit" in goal) {
    return (
      row.timesLimit && { text: `≤ ${goal.mostOfLimit} × limit`, isMet: row.timesLimit.median <= goal.mostOfLimit }
    );
  }
  const text = `≥ ${Number(goal.timesBetter.toFixed(2))} times better`;
  return row.timesBetter && { text, isMet: row.timesBetter.median >= goal.timesBetter };
}

function shownSpread(spread, shown) {
  if (spread === undefined) return "";
  return `${shown(spread.median)} (${shown(spread.least)}–${shown(spread.most)})`;
}

function shownRatio(value) {
  return value.toFixed(value < 10 ? 2 : 1);
}
