// Where the time went, from the profiles that Node.js leaves of its processes.
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

const SHOWN_FUNCTIONS = 20;
const MICROSECONDS_PER_MS = 1000;
const IDLE = new Set(["(idle)", "(root)"]);

/** The functions that took most themselves, a line for each; removes the profiles. @param {string} directory */
export function takeProfiles(directory) {
  const timesUs = new Map();
  for (const file of readdirSync(directory)) {
    const path = join(directory, file);
    for (const [name, timeUs] of selfTimes(JSON.parse(readFileSync(path, "utf8")))) {
      timesUs.set(name, (timesUs.get(name) ?? 0) + timeUs);
    }
    rmSync(path);
  }
  const sorted = [...timesUs].filter(([name]) => !IDLE.has(name)).sort(([, a], [, b]) => b - a);
  const lines = sorted.slice(0, SHOWN_FUNCTIONS).map(([name, timeUs]) => {
    return `${(timeUs / MICROSECONDS_PER_MS).toFixed(0).padStart(8)} ms  ${name}`;
  });
  return ["where the time of ours goes:", ...lines].join("\n");
}

function* selfTimes({ nodes, samples, timeDeltas }) {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  for (const [n, id] of samples.entries()) yield [names.get(id), timeDeltas[n]];
}

/** With the file's name, where there is one. */
function nameOf({ functionName, url, lineNumber }) {
  const name = functionName || "(anonymous)";
  return url === "" ? name : `${name} ${url.replace(/^.*\/(?:dist|node_modules)\//, "")}:${lineNumber + 1}`;
}
