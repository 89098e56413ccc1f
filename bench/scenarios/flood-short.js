// Much output in lines as builds have them.
import { join } from "node:path";
import { flood, pipeToSocket, pipeToSocketByNode, printing } from "../floods.js";

const BYTES = 200_000_000;
const LINE = "x".repeat(79);
const COMMAND = printing(LINE, BYTES);

const scenario = {
  title: "200 MB in lines of 80 bytes",
  aim: "`yes | head -c | cat` into a socket",
  warmUps: 3,
  run: (worker) => flood(worker, COMMAND, { stdout: BYTES }),
  limit: ({ newPath }) => pipeToSocket(COMMAND, newPath()),
};

export const floodShort = {
  ...scenario,
  name: "flood-short",
  profile: `Varies with what V8 has compiled by then, and with the host: right after the run of 30 November, this scenario alone took 2.6
  and 2.9 times the limit, and the Buildhand of 29 November 2.6 and 2.7. A program that only copies takes half of this, in the row
  below; of the main thread's time, \`writev\` takes half, the copy into batches 11 %, the garbage collector 5 %.`,
  goals: [
    { figure: "cpuMs", timesBetter: 30 },
    { figure: "cpuMs", mostOfLimit: 3 },
  ],
};

export const floodShortCold = {
  ...scenario,
  name: "flood-short-cold",
  profile: "V8's own threads, which compile and collect garbage, take a third of the CPU time, and the start a tenth.",
  title: `${scenario.title}, by a fresh worker`,
  isFresh: true,
  goals: [{ figure: "cpuMs", timesBetter: 10 }],
};

export const floodNode = {
  name: "flood-node",
  title: "the same copied by Node.js, without a worker",
  aim: scenario.aim,
  note: `Buildhand's column has a program that only copies from a pipe into a socket, \`bench/copier.js\`:
  no worker on Node.js can use less.`,
  kinds: ["ours"],
  run: (worker) => pipeToSocketByNode(LINE, BYTES, join(worker.directory, "times")),
  limit: scenario.limit,
};

export const floodMsgpack = {
  ...scenario,
  name: "flood-msgpack",
  title: `${scenario.title}, MessagePack`,
  worker: { protocol: "msgpack" },
  profile: `Of the main thread's time, the kernel's \`writev\` takes 20 %, finding the newlines and their positions 17 %, masking 13 %,
  the garbage collector 8 %, the numbers 7 %.`,
  goals: [
    { figure: "cpuMs", timesBetter: 20 },
    { figure: "cpuMs", mostOfLimit: 5 },
  ],
};
