// A TCP relay on loopback that makes everything late, as a long line does.
import { connect, createServer } from "node:net";

/** @param {number} port the master's @param {number} oneWayMs */
export async function delayLine(port, oneWayMs) {
  const sockets = new Set();
  const server = createServer({ noDelay: true }, (worker) => {
    const master = connect({ port, host: "127.0.0.1", noDelay: true });
    for (const [from, to] of [
      [worker, master],
      [master, worker],
    ]) {
      sockets.add(from);
      from.on("data", (chunk) => setTimeout(() => to.write(chunk), oneWayMs));
      from.on("error", () => {}); // its end tells
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: server.address().port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
