// Output on both streams and into a log file at the same time.
import { join } from "node:path";
import { shellArguments, taken, timesIn, withTimes } from "../commands.js";
import { printing } from "../floods.js";

const BYTES = 20_000_000;
const LINE = "x".repeat(79);

export const floodMixed = {
  name: "flood-mixed",
  title: "20 MB each to stdout, to stderr and into a log file",
  async run(worker) {
    const path = join(worker.directory, "times");
    const print = printing(LINE, BYTES);
    const command = `rm -f made.log; ${print} & ${print} >&2 & ${print} >made.log; wait`;
    const args = shellArguments(worker.directory, withTimes(command, path));
    const figures = await taken(worker, async () => {
      const { bytes } = await worker.run("shell", { ...args, logfiles: new Map([["made", "made.log"]]) });
      for (const stream of ["stdout", "stderr", "made"]) {
        if (bytes[stream] !== BYTES) throw new Error(`${bytes[stream]} bytes of ${stream} came, not ${BYTES}`);
      }
    });
    return { wallMs: figures.wallMs, cpuMs: figures.cpuMs - timesIn(path) };
  },
};
