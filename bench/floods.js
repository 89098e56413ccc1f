// Scenarios of commands that print: how much of the processor the way from pipe to master takes.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { shellArguments, taken, timesIn, withTimes } from "./commands.js";

/**
 * Prints bytes of repeated lines to stdout.
 * @param {string} line @param {number} bytes a multiple of the line's and its newline's
 */
export function printing(line, bytes) {
  return `yes '${line}' | head -c ${bytes}`;
}

/**
 * Runs a command that prints, and makes sure that all of it arrives.
 * @param {import("./workers.js").Worker} worker @param {string} command @param {Readonly<Record<string, number>>} expectedBytes by stream @param {Readonly<Record<string, unknown>>} [more] arguments of the command
 */
export async function flood(worker, command, expectedBytes, more = {}) {
  const path = join(worker.directory, "times");
  const args = { ...shellArguments(worker.directory, withTimes(command, path)), ...more };
  const figures = await taken(worker, async () => {
    const { bytes } = await worker.run("shell", args);
    for (const [stream, expected] of Object.entries(expectedBytes)) {
      if (bytes[stream] !== expected) throw new Error(`${bytes[stream]} bytes of ${stream} came, not ${expected}`);
    }
  });
  return { wallMs: figures.wallMs, cpuMs: figures.cpuMs - timesIn(path) };
}

/** What `cat` takes that reads the same from a pipe and writes it into a socket. @param {string} command @param {string} path of a file for its times */
export async function pipeToSocket(command, path) {
  const wallMs = await intoSocket(
    (port) => `exec 3<>/dev/tcp/127.0.0.1/${port}; ${command} | (cat >&3; times >${path})`,
  );
  return { wallMs, cpuMs: timesIn(path) };
}

/** How long `cat` takes that reads from a terminal, on which a command prints, and writes it into a socket. @param {string} command */
export async function ptyToSocket(command) {
  const program = `
import os, pty, sys
child, terminal = pty.fork()
if child == 0: os.execvp("sh", ["sh", "-c", sys.argv[1]])
os.dup2(terminal, 0)
os.execvp("cat", ["cat"])
`;
  const script = (port) => `exec 3<>/dev/tcp/127.0.0.1/${port}; python3 -c '${program}' "$0" >&3`;
  return { wallMs: await intoSocket(script, command) };
}

/** What Node.js takes that does the same. @param {string} line @param {number} bytes @param {string} path of a file for its times */
export async function pipeToSocketByNode(line, bytes, path) {
  const copier = fileURLToPath(new URL("copier.js", import.meta.url));
  const command = printing(line, 2 * bytes);
  await intoSocket((port) => `${command} | ${process.execPath} ${copier} ${port} ${bytes} ${path}`);
  return { cpuMs: Number(readFileSync(path, "latin1")) };
}

/** How long a script of bash takes that fills a socket. @param {(port: number) => string} scriptFor @param {string} [argument] its $0 */
async function intoSocket(scriptFor, argument = "bash") {
  const server = createServer({ allowHalfOpen: false });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const arrived = new Promise((resolve) => server.once("connection", (socket) => socket.resume().on("close", resolve)));
  const startMs = performance.now();
  const child = spawn("bash", ["-c", scriptFor(server.address().port), argument], { stdio: "ignore" });
  await new Promise((resolve, reject) => child.on("exit", resolve).on("error", reject));
  await arrived;
  const wallMs = performance.now() - startMs;
  server.close();
  return wallMs;
}
