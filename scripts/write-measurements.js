// Writes the pages and charts of docs/measurements/ from what the benchmarks and the long tests stored in its data/, and the
// figures in README.md. With --check it writes nothing, prints the names of those that differ, and exits with 1 if there are any.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { performanceChart, performancePage, performanceSummary } from "../bench/page.js";
import { fuzzingPage } from "./measurements/fuzzing.js";
import { limitsCharts, limitsPage } from "./measurements/limits.js";
import { mastersPage } from "./measurements/masters.js";
import { relayPage } from "./measurements/relay.js";
import { reliabilityChart, reliabilityPage } from "./measurements/reliability.js";

const root = new URL("../", import.meta.url);
const [performance, masters, limits, reliability, fuzzing, relay] = [
  "performance",
  "masters",
  "limits",
  "reliability",
  "fuzzing",
  "relay",
].map((name) => JSON.parse(textOf(`docs/measurements/data/${name}.json`)));
const readme = textOf("README.md").replace(
  /(<!-- figures: .* -->\n)[\s\S]*?(<!-- end of the figures -->)/,
  (_, begin, end) => `${begin}${performanceSummary(performance)}\n${end}`,
);
const files = new Map([
  ["docs/measurements/performance.md", performancePage(performance)],
  ["docs/measurements/performance.svg", performanceChart(performance)],
  ["docs/measurements/masters.md", mastersPage(masters)],
  ["docs/measurements/limits.md", limitsPage(limits)],
  ...limitsCharts(limits).map(([name, chart]) => [`docs/measurements/${name}.svg`, chart]),
  ["docs/measurements/reliability.md", reliabilityPage(reliability)],
  ["docs/measurements/reliability.svg", reliabilityChart(reliability)],
  ["docs/measurements/fuzzing.md", fuzzingPage(fuzzing)],
  ["docs/measurements/relay.md", relayPage(relay)],
  ["README.md", readme],
]);
const differing = [...files].filter(([name, text]) => !existsSync(new URL(name, root)) || textOf(name) !== text);
if (process.argv.includes("--check")) {
  for (const [name] of differing) process.stdout.write(`${name}\n`);
  process.exitCode = differing.length > 0 ? 1 : 0;
} else for (const [name, text] of differing) writeFileSync(new URL(name, root), text);

function textOf(name) {
  return readFileSync(new URL(name, root), "utf8");
}
