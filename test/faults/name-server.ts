// A name server that knows one name, or what a fault has it do instead of answering. As much of DNS as that takes.
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";

/** As in RFC 1035. */
const PORT = 53;
const HEADER_BYTES = 12;
const TYPE_A = 1;
const CODES = { answer: 0, "server failure": 2, "no such name": 3 };

export type NameServerConduct = keyof typeof CODES | "silence" | "garbage";

export class NameServer {
  readonly #socket: Socket;
  conduct: NameServerConduct = "answer";
  /** Its answer for every name. */
  address: string;

  private constructor(socket: Socket, address: string) {
    this.#socket = socket;
    this.address = address;
    socket.on("message", (query, { port, address: asker }) => {
      const answer = this.conduct === "silence" ? undefined : answerTo(query, this.conduct, this.address);
      if (answer !== undefined) socket.send(answer, port, asker);
    });
  }

  /** Listens at `address`, which is also what it answers. */
  static async open(address: string): Promise<NameServer> {
    const socket = createSocket("udp4").bind(PORT, address);
    await once(socket, "listening");
    return new NameServer(socket, address);
  }

  async end(): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(resolve));
  }
}

function answerTo(query: Buffer, conduct: Exclude<NameServerConduct, "silence">, address: string): Buffer {
  if (conduct === "garbage") return Buffer.concat([query.subarray(0, 2), Buffer.alloc(40, 0xff)]);
  const questionEnd = query.indexOf(0, HEADER_BYTES) + 5;
  const isKnown = conduct === "answer" && query.readUInt16BE(questionEnd - 4) === TYPE_A;
  const header = Buffer.alloc(HEADER_BYTES);
  query.copy(header, 0, 0, 2);
  // A response, recursion desired and available.
  header.writeUInt16BE(0x8180 | CODES[conduct], 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(isKnown ? 1 : 0, 6);
  const question = query.subarray(HEADER_BYTES, questionEnd);
  return Buffer.concat([header, question, ...(isKnown ? [record(address)] : [])]);
}

/** For the name of the question, good for no time at all. */
function record(address: string): Buffer {
  const parts = address.split(".").map(Number);
  return Buffer.from([0xc0, HEADER_BYTES, 0, TYPE_A, 0, 1, 0, 0, 0, 0, 0, 4, ...parts]);
}
