// Much output of characters of two, three and four bytes.
import { flood, pipeToSocket, printing } from "../floods.js";

const LINE = "zażółć gęślą jaźń ☃ 建造 😀 ".repeat(2);
const BYTES = 600_000 * Buffer.byteLength(`${LINE}\n`);
const COMMAND = printing(LINE, BYTES);

export const floodMultibyte = {
  name: "flood-multibyte",
  title: `${Math.round(BYTES / 1e6)} MB of characters of several bytes`,
  aim: "`yes | head -c | cat` into a socket",
  run: (worker) => flood(worker, COMMAND, { stdout: BYTES }),
  limit: ({ newPath }) => pipeToSocket(COMMAND, newPath()),
};
