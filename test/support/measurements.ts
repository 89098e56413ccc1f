// Stores what a long test measured in docs/measurements/data, and writes the pages and charts that show it.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

export type Measurements = "limits" | "reliability" | "fuzzing" | "relay";

export function readMeasurements(name: Measurements): unknown {
  return JSON.parse(readFileSync(fileOf(name), "utf8"));
}

export function storeMeasurements(name: Measurements, measured: object): void {
  writeFileSync(fileOf(name), `${JSON.stringify(measured, null, 1)}\n`);
  execFileSync(process.execPath, ["scripts/write-measurements.js"]);
}

function fileOf(name: Measurements): string {
  return `docs/measurements/data/${name}.json`;
}
