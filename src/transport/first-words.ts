// What listens at a place that was expected to speak TLS and does not: a master greets by itself, a web server answers
// what it does not understand. Knows no protocol well.
import type { Socket } from "node:net";
import type { Clock, Timer } from "../base/clock.ts";
import { greetsAsPb, printableBytes, SHOWN_BYTES } from "./shown-bytes.ts";

/** A greeting comes at once; so does an answer. */
const PATIENCE_MS = 1000;
const QUESTION = "HEAD / HTTP/1.0\r\n\r\n";

interface Hearing {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A clause for a sentence, or undefined when there is nothing to be heard within two seconds. Never rejects. */
export async function firstWords(
  open: (signal: AbortSignal) => Promise<Socket>,
  hearing: Hearing,
): Promise<string | undefined> {
  try {
    const socket = await open(hearing.signal);
    const heard = await hear(socket, hearing);
    socket.destroy();
    return shown(heard);
  } catch {
    return undefined; // what it would have said is an extra
  }
}

function hear(socket: Socket, { clock, signal }: Hearing): Promise<Buffer> {
  return new Promise((resolve) => {
    let heard: Buffer = Buffer.alloc(0);
    let timer: Timer;
    const finish = () => {
      timer.cancel();
      signal.removeEventListener("abort", finish);
      resolve(heard);
    };
    const ask = () => {
      if (heard.length > 0) return finish();
      socket.write(QUESTION);
      timer = clock.after(PATIENCE_MS, finish);
    };
    timer = clock.after(PATIENCE_MS, ask);
    socket.on("data", (chunk: Buffer) => {
      heard = Buffer.concat([heard, chunk]).subarray(0, SHOWN_BYTES);
      if (heard.length >= SHOWN_BYTES || heard.includes("\n") || greetsAsPb(heard)) finish();
    });
    socket.on("error", finish).on("end", finish).on("close", finish);
    signal.addEventListener("abort", finish);
    if (signal.aborted) finish();
  });
}

function shown(heard: Buffer): string | undefined {
  if (heard.length === 0) return undefined;
  if (greetsAsPb(heard)) return "the greeting of a Buildbot master without TLS";
  const lineEnd = /\r?\n/.exec(heard.toString("latin1"))?.index;
  return printableBytes(heard.subarray(0, lineEnd));
}
