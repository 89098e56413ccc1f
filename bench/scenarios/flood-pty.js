// Much output on a terminal.
import { flood, printing, ptyToSocket } from "../floods.js";

const BYTES = 100_000_000;
const COMMAND = printing("x".repeat(79), BYTES);

export const floodPty = {
  name: "flood-pty",
  title: "100 MB in lines of 80 bytes on a PTY",
  aim: "`yes | head -c` on a PTY, which `cat` copies into a socket",
  goals: [{ figure: "wallMs", mostOfLimit: 1.5 }],
  run: (worker) => flood(worker, COMMAND, { stdout: BYTES }, { usePTY: true }),
  limit: () => ptyToSocket(COMMAND),
};
