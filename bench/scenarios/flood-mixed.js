// Output on both streams and into a log file at the same time.
import { flood, printing } from "../floods.js";

const BYTES = 20_000_000;
const PRINT = printing("x".repeat(79), BYTES);
const COMMAND = `rm -f made.log; ${PRINT} & ${PRINT} >&2 & ${PRINT} >made.log; wait`;

export const floodMixed = {
  name: "flood-mixed",
  title: "20 MB each to stdout, to stderr and into a log file",
  run: (worker) =>
    flood(
      worker,
      COMMAND,
      { stdout: BYTES, stderr: BYTES, made: BYTES },
      { logfiles: new Map([["made", "made.log"]]) },
    ),
};
