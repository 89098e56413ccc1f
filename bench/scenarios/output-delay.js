// How long a line that a command prints takes to its master.
import { shellArguments } from "../commands.js";
import { quantile } from "../statistics.js";
import { builderNames } from "./fan-out.js";

const COMMANDS = 100;
const BUILDERS = builderNames(4);
const LINES_OF_EACH = 25;

const goals = [
  { figure: "medianMs", most: 3 },
  { figure: "p99Ms", most: 20 },
];

export const firstOutput = {
  name: "first-output",
  title: "from the first line of a command to the master",
  note: `${COMMANDS} commands, one after the other, that print a line and end 50 ms later.`,
  goals,
  async run(worker) {
    const delaysMs = [];
    for (let n = 0; n < COMMANDS; n += 1) delaysMs.push(...(await delaysOf(worker, "b1", "now; sleep 0.05")));
    return figuresOf(delaysMs, COMMANDS);
  },
};

export const outputAfterSilence = {
  name: "output-after-silence",
  title: "from a line after silence to the master",
  note: `${BUILDERS.length} builders, a command each that prints ${LINES_OF_EACH} lines, each after 0.4 s of silence.`,
  goals,
  worker: { builders: BUILDERS },
  warmUps: 0,
  async run(worker) {
    const script = `for n in {1..${LINES_OF_EACH}}; do sleep 0.4; now; done`;
    const delaysMs = await Promise.all(BUILDERS.map((builder) => delaysOf(worker, builder, script)));
    return figuresOf(delaysMs.flat(), BUILDERS.length * LINES_OF_EACH);
  },
};

/** Of the lines that `now` prints in a script, in milliseconds. */
async function delaysOf(worker, builder, script) {
  const delaysMs = [];
  const onOutput = (text) => {
    const now = performance.timeOrigin + performance.now();
    for (const [time] of text.matchAll(/^[\d.]+$/gm)) delaysMs.push(now - Number(time) * 1000);
  };
  const command = ["bash", "-c", `now() { echo $EPOCHREALTIME; }; ${script}`];
  await worker.run("shell", shellArguments("build", command), builder, onOutput);
  return delaysMs;
}

function figuresOf(delaysMs, count) {
  if (delaysMs.length !== count) throw new Error(`${delaysMs.length} lines came, not ${count}`);
  return { medianMs: quantile(delaysMs, 0.5), p99Ms: quantile(delaysMs, 0.99) };
}
