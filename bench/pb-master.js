// A buildmaster that speaks Perspective Broker on loopback, made of our own broker in the server's role, which does what a
// scenario says and nothing else. Its processor time is not the worker's.
import { createServer } from "node:net";
import { Tuple } from "../dist/base/python-values.js";
import { Broker } from "../dist/session/pb/broker.js";
import { createPortal } from "../dist/session/pb/portal.js";
import { Attachments } from "./attachments.js";
import { PASSWORD } from "./basedir.js";
import { CountedCommand } from "./counted-command.js";

/** @returns {Promise<import("./attachments.js").Master>} */
export async function listenPb() {
  const attachments = new Attachments();
  const server = createServer({ noDelay: true }, (socket) => serve(socket, attachments));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return attachments.master(server);
}

function serve(socket, attachments) {
  socket.on("error", () => {}); // a worker that was killed
  const broker = new Broker({
    role: "server",
    send: (chunks) => {
      socket.cork();
      for (const chunk of chunks) socket.write(chunk);
      socket.uncork();
    },
    root: createPortal({
      broker: () => broker,
      passwordOf: () => PASSWORD,
      attach: async (_name, mind) => {
        const worker = new PbWorker(socket, broker, mind);
        await worker.setBuilders([]);
        attachments.add(worker);
        return { methods: new Map([["keepalive", () => null]]) };
      },
    }),
  });
  socket.on("data", (chunk) => broker.receive(chunk));
  socket.on("close", () => broker.close(new Error("the worker is gone")));
}

class PbWorker {
  socket;
  #broker;
  #mind;
  #builders = new Map();
  #lastId = 0;

  constructor(socket, broker, mind) {
    this.socket = socket;
    this.#broker = broker;
    this.#mind = mind;
  }

  /** Each builder's directory is its name. @param {readonly string[]} names */
  async setBuilders(names) {
    this.#builders = await this.#broker.call(this.#mind, "setBuilderList", [
      names.map((name) => new Tuple([name, name])),
    ]);
  }

  /** Runs a command to its end. @param {string} builder @param {string} name @param {Readonly<Record<string, unknown>>} args @param {(text: string) => void} [onOutput] */
  async run(builder, name, args, onOutput) {
    const command = new CountedCommand(onOutput);
    this.#lastId += 1;
    const ref = this.#broker.expose(commandObject(command));
    const words = [ref, String(this.#lastId), name, new Map(Object.entries(args))];
    await this.#broker.call(this.#builders.get(builder), "startCommand", words);
    await command.completed;
    return command;
  }

  /** Arguments with which an upload's blocks come to `onBlock`. @param {(block: Uint8Array) => void} onBlock */
  writer(onBlock) {
    const write = (call) => {
      onBlock(call.args[0]);
      return null;
    };
    const nothing = () => null;
    return { writer: this.#exposed({ write, close: nothing, utime: nothing, unpack: nothing }) };
  }

  /** Arguments with which a download gets `content`. @param {Uint8Array} content */
  reader(content) {
    let at = 0;
    const read = (call) => {
      const block = content.subarray(at, at + Number(call.args[0]));
      at += block.length;
      return block;
    };
    return { reader: this.#exposed({ read, close: () => null }) };
  }

  #exposed(methods) {
    return this.#broker.expose({ methods: new Map(Object.entries(methods)) });
  }
}

function commandObject(command) {
  return {
    methods: new Map([
      [
        "update",
        ({ args: [updates] }) => {
          for (const [update] of updates) for (const [key, value] of update) command.update(key, value?.items ?? value);
          return 0;
        },
      ],
      [
        "complete",
        ({ args: [failure] }) => {
          if (failure === null || failure === undefined) command.complete();
          else command.fail(failure.message ?? failure);
          return null;
        },
      ],
    ]),
  };
}
