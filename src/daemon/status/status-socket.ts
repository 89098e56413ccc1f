// Answers every connection to the socket in the base directory with a status as one line of JSON. It reads nothing.
import { createServer } from "node:net";
import { listenPrivately } from "./private-listener.ts";

/** In the directory of the buildbot.tac, and bound by this name alone, so that no path is too long for a socket. */
export const STATUS_SOCKET = "buildhand.sock";
const MOST_CLIENTS = 16;
/** For a client that does not read. */
const CLIENT_LIMIT_MS = 5000;

/** In the current directory. Returns what closes and removes it. The log says why when it cannot listen; workers run on. */
export function openStatusSocket(status: () => object, log: (text: string) => void): () => void {
  const server = createServer((socket) => {
    socket.on("error", () => {}); // the client is gone
    socket.setTimeout(CLIENT_LIMIT_MS, () => socket.destroy());
    socket.write(`${JSON.stringify(status())}\n`);
    socket.destroySoon();
  });
  server.maxConnections = MOST_CLIENTS;
  server.unref();
  listenPrivately(server, STATUS_SOCKET, (reason) =>
    log(`buildhand status cannot ask this process: ${STATUS_SOCKET}: ${reason}`),
  );
  return () => void server.close();
}
