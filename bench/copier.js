// A program that copies its standard input into a socket and does nothing else, to see what Node.js itself takes for that.
//
//   node bench/copier.js PORT BYTES FILE
//
// What comes before the last BYTES is not counted: a worker lives for weeks, and is compiled by then. FILE gets the
// milliseconds of processor time.
import { writeFileSync } from "node:fs";
import { connect, Socket } from "node:net";

const [port, bytes, path] = process.argv.slice(2);
const input = new Socket({ fd: 0, readable: true, writable: false });
const output = connect(Number(port), "127.0.0.1");
let uncountedBytes = Number(bytes);
let before = process.cpuUsage();

output.on("drain", () => input.resume());
input.on("data", (chunk) => {
  if (uncountedBytes > 0) {
    uncountedBytes -= chunk.length;
    before = process.cpuUsage();
  }
  if (!output.write(chunk)) input.pause();
});
input.on("end", () => output.end());
output.on("close", () => {
  const { user, system } = process.cpuUsage(before);
  writeFileSync(path, String((user + system) / 1000));
});
