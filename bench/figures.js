// What can be measured of a worker, and how a person reads it. Of every figure less is better. Does not know scenarios.

/** @typedef {Readonly<Record<string, number>>} Figures by the names below. */

/** By name: what it is called, its unit, and its digits behind the point. */
export const figureKinds = {
  wallMs: { label: "wall", unit: "ms", digits: 0 },
  cpuMs: { label: "CPU", unit: "ms", digits: 0 },
  wallMsPerMib: { label: "wall", unit: "ms/MiB", digits: 2 },
  medianMs: { label: "median", unit: "ms", digits: 1 },
  p99Ms: { label: "99 of 100 within", unit: "ms", digits: 1 },
  privateMib: { label: "private memory", unit: "MiB", digits: 1 },
  pssMib: { label: "memory (PSS)", unit: "MiB", digits: 1 },
  peakMib: { label: "peak memory", unit: "MiB", digits: 1 },
  riseMib: { label: "peak above idle", unit: "MiB", digits: 1 },
  leftMib: { label: "left above idle", unit: "MiB", digits: 1 },
  wakeUpsPerSecond: { label: "wake-ups", unit: "/s", digits: 1 },
  outputTimes: { label: "CPU of 10 × the output", unit: "×", digits: 1 },
  buildersTimes: { label: "CPU of 10 × the builders", unit: "×", digits: 1 },
  filesTimes: { label: "CPU of 10 × the files", unit: "×", digits: 1 },
};

/** @param {string} name @param {number} value */
export function shownFigure(name, value) {
  return value.toFixed(figureKinds[name].digits);
}

/** `wall, ms` @param {string} name */
export function shownLabel(name) {
  const { label, unit } = figureKinds[name];
  return `${label}, ${unit}`;
}
