// Compares a run with the stored figures of an earlier one.
import { shownFigure, shownLabel } from "./figures.js";

/** Differences up to this are those between two runs of the same program. */
const TOLERANCE = 1.1;

/**
 * A line for each row that became worse by more than 10 %: beside Buildbot's worker where both runs have it, since machines
 * differ, else in itself. Rows that only one of them has are left out.
 * @param {readonly import("./results.js").Row[]} stored @param {readonly import("./results.js").Row[]} rows
 */
export function worseRows(stored, rows) {
  return rows.flatMap((row) => {
    const before = stored.find(({ scenario, figure }) => scenario === row.scenario && figure === row.figure);
    if (before === undefined) return [];
    const name = `${row.scenario}: ${shownLabel(row.figure)}`;
    const ratios = [before, row].map(({ timesBetter }) => timesBetter?.median);
    if (ratios.every((ratio) => Number.isFinite(ratio))) {
      const [was, is] = ratios;
      return is * TOLERANCE < was ? [`${name}: ${is.toFixed(2)} times better, was ${was.toFixed(2)}`] : [];
    }
    const [was, is] = [before.ours.median, row.ours.median];
    const shown = (value) => shownFigure(row.figure, value);
    return is > was * TOLERANCE ? [`${name}: ${shown(is)}, was ${shown(was)}`] : [];
  });
}
