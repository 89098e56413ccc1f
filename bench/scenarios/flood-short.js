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
  goals: [
    { figure: "cpuMs", timesBetter: 7 },
    { figure: "cpuMs", mostOfLimit: 3 },
  ],
};

export const floodNode = {
  name: "flood-node",
  title: "the same copied by Node.js, without a worker",
  aim: scenario.aim,
  note: `What stands for Buildhand there is a program that copies from a pipe into a socket and looks at nothing, \`bench/copier.js\`:
  no worker that Node.js runs can take less than that.`,
  kinds: ["ours"],
  run: (worker) => pipeToSocketByNode(LINE, BYTES, join(worker.directory, "times")),
  limit: scenario.limit,
};

export const floodMsgpack = {
  ...scenario,
  name: "flood-msgpack",
  title: `${scenario.title}, MessagePack`,
  worker: { protocol: "msgpack" },
};
