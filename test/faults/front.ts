// What stands before a master: a server whose conduct towards its next connections a fault decides. Does not know what
// is behind it but a port.
import { connect, type Socket } from "node:net";
import { type Duplex, pipeline } from "node:stream";
import { createSecureContext, TLSSocket } from "node:tls";
import { type CertificatePair, contentOf } from "../support/certificates.ts";
import { type Listening, listen, plainServer } from "../support/listening.ts";

const ESTABLISHED = "HTTP/1.1 200 Connection established\r\nVia: 1.1 test\r\n\r\n";

export type Conduct = (socket: Socket) => void;

export class Front {
  readonly #listening: Listening;
  conduct: Conduct;

  private constructor(listening: Listening, conduct: Conduct) {
    this.#listening = listening;
    this.conduct = conduct;
  }

  static async open(conduct: Conduct): Promise<Front> {
    const place: { front?: Front } = {};
    const listening = await listen(plainServer((socket) => place.front?.conduct(socket)));
    const front = new Front(listening, conduct);
    place.front = front;
    return front;
  }

  get port(): number {
    return this.#listening.port;
  }

  end(): Promise<void> {
    return this.#listening.end();
  }
}

/** What any server may do to a client. */
export const conducts = {
  hangsUp: (socket) => void socket.end(),
  resets: (socket) => void socket.resetAndDestroy(),
  saysNothing: (socket) => void socket.resume(),
  hangsUpWhenSpokenTo: (socket) => void socket.once("data", () => socket.end()),
  resetsWhenSpokenTo: (socket) => void socket.once("data", () => socket.resetAndDestroy()),
  sendsGarbage: (socket) => void socket.resume().write(Buffer.alloc(4096, 0xff)),
  speaksHttp: (socket) => void socket.resume().end("HTTP/1.1 400 Bad Request\r\n\r\n"),
} satisfies Readonly<Record<string, Conduct>>;

/** Answers what is said first, and nothing more. */
export function answers(text: string): Conduct {
  return (socket) => void socket.once("data", () => socket.resume().write(text));
}

/** Says this first, then does that with what comes. */
export function saysFirst(bytes: Uint8Array, then: Conduct): Conduct {
  return (socket) => {
    socket.write(bytes);
    then(socket);
  };
}

/** A proxy that makes every tunnel, to the master at `port`; its answer comes in pieces of so many bytes. */
export function tunnels(port: number, pieceBytes = ESTABLISHED.length): Conduct {
  return (socket) => void socket.once("data", () => void tunnel(socket, port, pieceBytes));
}

async function tunnel(socket: Socket, port: number, pieceBytes: number): Promise<void> {
  for (let at = 0; at < ESTABLISHED.length; at += pieceBytes) {
    socket.write(ESTABLISHED.slice(at, at + pieceBytes));
    await new Promise((resolve) => setImmediate(resolve));
  }
  join(socket, port);
}

/** A server of TLS that carries what is inside to the master at `port`. */
export function secures(
  port: number,
  pair: CertificatePair,
  options: { readonly requestCert?: boolean } = {},
): Conduct {
  const secureContext = createSecureContext(contentOf(pair));
  const { requestCert = false } = options;
  return (socket) => {
    const secured = new TLSSocket(socket, {
      isServer: true,
      secureContext,
      requestCert,
      rejectUnauthorized: requestCert,
    });
    secured.on("error", () => {}); // what it thinks of the worker is not looked at
    secured.on("secure", () => join(secured, port));
  };
}

function join(stream: Duplex, port: number): void {
  const master = connect({ port, host: "127.0.0.1", noDelay: true });
  const over = () => {}; // either end may break off
  pipeline(stream, master, over);
  pipeline(master, stream, over);
}
