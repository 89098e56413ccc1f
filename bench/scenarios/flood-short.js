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
  profile: `Varies with what V8 has compiled by then. A program that only copies takes 40 to 60 % of this, in the row below; of the
  main thread's time, \`writev\` takes half, the garbage collector 15 %.`,
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
  profile: `Of the main thread's time, the kernel's \`writev\` takes most; of the rest, the garbage collector 40 %, the places of the
  newlines 13 %, masking 11 %. The collector is busy since young garbage takes 3 MiB at most, to save memory.`,
  goals: [
    { figure: "cpuMs", timesBetter: 20 },
    { figure: "cpuMs", mostOfLimit: 5 },
  ],
};
