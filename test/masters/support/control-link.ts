// The test's end of the connection to control_server.py: requests out, answers matched by their number. Knows no
// operation by name.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { createInterface } from "node:readline";

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

export class ControlLink {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  /** Rejects when nothing listens on the port. */
  static async open(port: number): Promise<ControlLink> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new ControlLink(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    createInterface({ input: socket }).on("line", (line) => this.#settle(JSON.parse(line) as Answer));
    socket.on("error", () => {
      // the close event follows
    });
    socket.on("close", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("the master closed the control connection"));
      this.#waiting.clear();
    });
  }

  /** The value the operation returned; rejects with the master's sentence, or when the master is gone. */
  request(operation: string, parameters: Readonly<Record<string, unknown>>): Promise<unknown> {
    if (this.#socket.destroyed) return Promise.reject(new Error(`the master is gone: cannot ask it to ${operation}`));
    this.#lastId += 1;
    const id = this.#lastId;
    this.#socket.write(`${JSON.stringify({ id, operation, arguments: parameters })}\n`);
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  close(): void {
    this.#socket.destroy();
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (answer.error === undefined) waiting?.resolve(answer.value);
    else waiting?.reject(new Error(answer.error));
  }
}
