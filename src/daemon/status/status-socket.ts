// Answers whoever connects to the socket in the base directory with one line of JSON, and reads nothing.
import { createServer } from "node:net";
import { listenPrivately } from "./private-listener.ts";

/** In the directory of the buildbot.tac. It is a name alone there, so that no path is too long for a socket. */
export const STATUS_SOCKET = "buildhand.sock";
const MOST_CLIENTS = 16;
/** For a client that does not read. */
const CLIENT_LIMIT_MS = 5000;

export interface StatusSocketOptions {
  /** What to answer; asked for each client. */
  readonly answer: () => unknown;
  readonly log: (text: string) => void;
}

/** In the present directory. Returns what closes and removes it; that it cannot be had is said in the log, and no fault. */
export function openStatusSocket({ answer, log }: StatusSocketOptions): () => void {
  const server = createServer((socket) => {
    socket.on("error", () => {}); // whoever asked has gone
    socket.setTimeout(CLIENT_LIMIT_MS, () => socket.destroy());
    socket.write(`${JSON.stringify(answer())}\n`);
    socket.destroySoon();
  });
  server.maxConnections = MOST_CLIENTS;
  server.unref();
  listenPrivately(server, STATUS_SOCKET, (reason) =>
    log(`buildhand status cannot ask this process: ${STATUS_SOCKET}: ${reason}`),
  );
  return () => void server.close();
}
