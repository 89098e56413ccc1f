// Loopback ports that nobody listens on, and that stay free until a program which was told of them listens.
import { once } from "node:events";
import { createServer } from "node:net";

/** Below the ports that systems give to outgoing connections, which would take one before the program has it. */
const FIRST_PORT = 10_000;
const PORT_COUNT = 20_000;
/** Test processes that run at once begin so far apart. */
const PORTS_PER_PROCESS = 64;

let tried = 0;

/** As many different ports as asked for; this process gives none of them twice. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    if (tried === PORT_COUNT) throw new Error(`no free port among ${PORT_COUNT} from ${FIRST_PORT} on`);
    const port = FIRST_PORT + ((process.pid * PORTS_PER_PROCESS + tried) % PORT_COUNT);
    tried += 1;
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  const free = await once(server, "listening").then(
    () => true,
    () => false,
  );
  if (free) await new Promise((resolve) => server.close(resolve));
  return free;
}
