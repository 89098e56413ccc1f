// Much output in long lines, still shorter than those of which the real worker loses text.
import { flood, pipeToSocket, printing } from "../floods.js";

const BYTES = 60_000_000;
const COMMAND = printing("x".repeat(2999), BYTES);

export const floodLong = {
  name: "flood-long",
  title: "60 MB in lines of 3000 bytes",
  aim: "`yes | head -c | cat` into a socket",
  run: (worker) => flood(worker, COMMAND, { stdout: BYTES }),
  limit: ({ newPath }) => pipeToSocket(COMMAND, newPath()),
};
