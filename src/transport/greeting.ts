// Finds out what listens on a port that was expected to speak TLS and does not: a master sends a greeting first, a web
// server answers an HTTP request.
import type { Socket } from "node:net";
import type { Clock, Timer } from "../base/clock.ts";
import { greetsAsPb, printableBytes, SHOWN_BYTES } from "./shown-bytes.ts";

const WAIT_MS = 1000;
const PROBE = "HEAD / HTTP/1.0\r\n\r\n";

interface ReadOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A clause for an error message, or undefined when nothing arrives within two seconds. Never rejects. */
export async function readGreeting(
  open: (signal: AbortSignal) => Promise<Socket>,
  options: ReadOptions,
): Promise<string | undefined> {
  try {
    const socket = await open(options.signal);
    const received = await receive(socket, options);
    socket.destroy();
    return shown(received);
  } catch {
    return undefined; // the clause is optional
  }
}

function receive(socket: Socket, { clock, signal }: ReadOptions): Promise<Buffer> {
  return new Promise((resolve) => {
    let received: Buffer = Buffer.alloc(0);
    let timer: Timer;
    const finish = () => {
      timer.cancel();
      signal.removeEventListener("abort", finish);
      resolve(received);
    };
    const probe = () => {
      if (received.length > 0) return finish();
      socket.write(PROBE);
      timer = clock.after(WAIT_MS, finish);
    };
    timer = clock.after(WAIT_MS, probe);
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]).subarray(0, SHOWN_BYTES);
      if (received.length >= SHOWN_BYTES || received.includes("\n") || greetsAsPb(received)) finish();
    });
    socket.on("error", finish).on("end", finish).on("close", finish);
    signal.addEventListener("abort", finish);
    if (signal.aborted) finish();
  });
}

function shown(received: Buffer): string | undefined {
  if (received.length === 0) return undefined;
  if (greetsAsPb(received)) return "the greeting of a Buildbot master without TLS";
  const lineEnd = /\r?\n/.exec(received.toString("latin1"))?.index;
  return printableBytes(received.subarray(0, lineEnd));
}
