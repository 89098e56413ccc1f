// Much output in lines as builds have them.
import { flood, pipeToSocket, printing } from "../floods.js";

const BYTES = 200_000_000;
const COMMAND = printing("x".repeat(79), BYTES);

const scenario = {
  title: "200 MB in lines of 80 bytes",
  aim: "`yes | head -c | cat` into a socket",
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

export const floodMsgpack = {
  ...scenario,
  name: "flood-msgpack",
  title: `${scenario.title}, MessagePack`,
  worker: { protocol: "msgpack" },
};
