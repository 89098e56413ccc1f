// Control by a named pipe, as Windows has neither signals nor files that only their owner can connect to. A file in the base
// directory has the pipe's name, which is new at each start, and a secret: who can read the file can control the worker.
import { randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { errorCode } from "../../base/error-code.ts";
import { isWindows } from "../../base/platform.ts";
import { daemonErrors } from "../errors.ts";
import { isAlive } from "../process-table.ts";

/** Its access rights are those that it inherits from the directory. */
export const CONTROL_FILE = "buildhand-control.json";
const SECRET_BYTES = 32;
const REQUEST_LIMIT_CHARS = 200;
const ANSWER_LIMIT_CHARS = 4 * 1024 * 1024;
const ANSWER_LIMIT_MS = 5000;
const MOST_CLIENTS = 16;

interface ControlHandlers {
  readonly onStop: () => void;
  readonly onDrain: () => void;
  readonly status: () => unknown;
}

/** `hello` does nothing. */
type ControlRequest = "hello" | "stop" | "drain" | "status";

interface ControlAnswer {
  readonly pid: number;
  /** In answer to `status`. */
  readonly status?: unknown;
}

interface ControlFile {
  readonly pid: number;
  readonly pipe: string;
  readonly secret: string;
}

export const pipeControl = {
  /** Rejects with ERR_ALREADY_RUNNING if another process has the directory. Resolves to what closes it. */
  async open(directory: string, handlers: ControlHandlers): Promise<() => void> {
    const path = join(directory, CONTROL_FILE);
    const secret = randomBytes(SECRET_BYTES).toString("hex");
    const pipe = pipePath(randomBytes(SECRET_BYTES / 2).toString("hex"));
    const server = await listen(pipe, (socket) => serve(socket, secret, handlers));
    try {
      await claim(path, directory, { pid: process.pid, pipe, secret });
    } catch (error) {
      server.close();
      throw error;
    }
    return () => {
      server.close();
      if (readControlFile(path)?.secret === secret) rmSync(path, { force: true });
    };
  },

  /** Undefined if no process answers for the directory. Rejects if one does not answer in time. */
  async ask(directory: string, request: ControlRequest): Promise<ControlAnswer | undefined> {
    const file = readControlFile(join(directory, CONTROL_FILE));
    return file && askPipe(file, request);
  },

  /** Without asking. */
  readPid(directory: string) {
    const file = readControlFile(join(directory, CONTROL_FILE));
    if (file === undefined) return { state: "absent" } as const;
    return { state: isAlive(file.pid) ? "running" : "stale", pid: file.pid } as const;
  },
};

/** Elsewhere, for tests, a socket with no name in the file system. */
function pipePath(name: string): string {
  return isWindows ? `\\\\.\\pipe\\buildhand-${name}` : `\0buildhand-${name}`;
}

/** Only one process creates the file; that of a process that does not answer is removed. */
async function claim(path: string, directory: string, file: ControlFile): Promise<void> {
  for (;;) {
    try {
      return writeFileSync(path, JSON.stringify(file), { flag: "wx", mode: 0o600 });
    } catch (error) {
      if (errorCode(error) !== "EEXIST") throw daemonErrors.controlFile.from(error, path, errorCode(error) ?? "");
    }
    const before = readControlFile(path);
    const answer = before && (await askPipe(before, "hello").catch(() => ({ pid: before.pid })));
    if (answer !== undefined) throw daemonErrors.alreadyRunning(answer.pid, join(directory, CONTROL_FILE));
    if (readControlFile(path)?.secret === before?.secret) rmSync(path, { force: true });
  }
}

/** Undefined if there is none, or it is not complete. */
function readControlFile(path: string): ControlFile | undefined {
  try {
    const { pid, pipe, secret } = JSON.parse(readFileSync(path, "utf8")) as Partial<ControlFile>;
    const isComplete = typeof pid === "number" && typeof pipe === "string" && typeof secret === "string";
    return isComplete ? { pid, pipe, secret } : undefined;
  } catch {
    return undefined;
  }
}

function listen(pipe: string, onClient: (socket: Socket) => void): Promise<Server> {
  const server = createServer(onClient);
  server.maxConnections = MOST_CLIENTS;
  server.unref();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(pipe, () => resolve(server));
  });
}

/** One line is read, and one is written. */
function serve(socket: Socket, secret: string, handlers: ControlHandlers): void {
  let text = "";
  socket.setEncoding("utf8").setTimeout(ANSWER_LIMIT_MS, () => socket.destroy());
  socket.on("error", () => {}); // the client is gone
  socket.on("data", (piece) => {
    text += String(piece);
    if (text.length > REQUEST_LIMIT_CHARS) socket.destroy();
    if (!text.endsWith("\n") || socket.destroyed) return;
    const [request = "", given = ""] = text.trim().split(" ");
    if (!isEqual(given, secret)) {
      socket.destroy();
      return;
    }
    const answer = { pid: process.pid, ...(request === "status" ? { status: handlers.status() } : {}) };
    socket.end(`${JSON.stringify(answer)}\n`);
    if (request === "stop") handlers.onStop();
    if (request === "drain") handlers.onDrain();
  });
}

function isEqual(given: string, secret: string): boolean {
  return given.length === secret.length && timingSafeEqual(Buffer.from(given), Buffer.from(secret));
}

/** Undefined if no process has the pipe. */
function askPipe({ pid, pipe, secret }: ControlFile, request: ControlRequest): Promise<ControlAnswer | undefined> {
  return new Promise((resolve, reject) => {
    let text = "";
    const socket = connect(pipe).setEncoding("utf8");
    const fail = (reason: string) => reject(daemonErrors.notStopped(pid, reason));
    socket.setTimeout(ANSWER_LIMIT_MS, () => {
      socket.destroy();
      fail(`it does not answer within ${ANSWER_LIMIT_MS / 1000} seconds`);
    });
    socket.on("connect", () => socket.write(`${request} ${secret}\n`));
    socket.on("data", (piece) => {
      text += String(piece);
      if (text.length > ANSWER_LIMIT_CHARS) socket.destroy();
      if (!text.endsWith("\n")) return;
      socket.destroy();
      resolve(JSON.parse(text) as ControlAnswer);
    });
    socket.on("error", () => resolve(undefined)); // no such pipe, or its process has just ended
    socket.on("close", () => resolve(undefined));
  });
}
