// Much output on a terminal.
import { join } from "node:path";
import { shellArguments, taken, timesIn, withTimes } from "../commands.js";
import { printing, ptyToSocket } from "../floods.js";

const BYTES = 100_000_000;
const COMMAND = printing("x".repeat(79), BYTES);

export const floodPty = {
  name: "flood-pty",
  title: "100 MB in lines of 80 bytes on a PTY",
  aim: "`yes | head -c` on a PTY, which `cat` copies into a socket",
  goals: [{ figure: "wallMs", mostOfLimit: 1.5 }],
  async run(worker) {
    const path = join(worker.directory, "times");
    const args = { ...shellArguments(worker.directory, withTimes(COMMAND, path)), usePTY: true };
    const figures = await taken(worker, async () => {
      const { bytes } = await worker.run("shell", args);
      if (bytes.stdout < BYTES) throw new Error(`${bytes.stdout} bytes came of ${BYTES}`);
    });
    return { wallMs: figures.wallMs, cpuMs: figures.cpuMs - timesIn(path) };
  },
  limit: () => ptyToSocket(COMMAND),
};
