// A buildmaster that speaks MessagePack over WebSockets on loopback, which does what a scenario says and nothing else.
import { createServer } from "node:http";
import { decode, encode } from "@msgpack/msgpack";
import { WebSocketServer } from "ws";
import { Attachments } from "./attachments.js";
import { CountedCommand } from "./counted-command.js";

/** What real masters send; the expression is a Python one. */
const SETTINGS = {
  buffer_size: 65_536,
  buffer_timeout: 5,
  newline_re: "(\\r\\n|\\r(?=.)|\\033\\[u|\\033\\[[0-9]+;[0-9]+[Hf]|\\033\\[2J|\\x08+)",
  max_line_length: 4096,
};

/** @returns {Promise<import("./attachments.js").Master>} */
export async function listenMsgpack() {
  const attachments = new Attachments();
  const http = createServer();
  const server = new WebSocketServer({ server: http, perMessageDeflate: false });
  server.on(
    "connection",
    (webSocket, request) => void attach(new MsgpackWorker(webSocket, request.socket), attachments),
  );
  await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
  return attachments.master(http);
}

async function attach(worker, attachments) {
  await worker.request({ op: "get_worker_info" });
  await worker.request({ op: "set_worker_settings", args: SETTINGS });
  attachments.add(worker);
}

class MsgpackWorker {
  socket;
  #webSocket;
  #answers = new Map();
  /** @type {Map<string, CountedCommand>} */
  #commands = new Map();
  /** Of the transfer that runs, of which there is one at a time. */
  #onBlock = (_block) => {};
  #content = Buffer.alloc(0);
  #lastNumber = 0;
  #lastId = 0;

  constructor(webSocket, socket) {
    this.socket = socket;
    this.#webSocket = webSocket;
    webSocket.on("message", (payload) => this.#receive(decode(payload)));
    webSocket.on("error", () => {}); // a worker that was killed
  }

  request(fields) {
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    this.#webSocket.send(encode({ ...fields, seq_number: number }));
    return new Promise((resolve, reject) => this.#answers.set(number, { resolve, reject }));
  }

  /** The worker gets none; a command's caller makes its directory. */
  async setBuilders() {}

  /** Runs a command to its end. @param {string} builder @param {string} name @param {Readonly<Record<string, unknown>>} args @param {(text: string) => void} [onOutput] */
  async run(builder, name, args, onOutput) {
    const command = new CountedCommand(onOutput);
    this.#lastId += 1;
    const id = String(this.#lastId);
    this.#commands.set(id, command);
    await this.request({ op: "start_command", builder_name: builder, command_id: id, command_name: name, args });
    await command.completed;
    this.#commands.delete(id);
    return command;
  }

  /** Arguments with which an upload's blocks come to `onBlock`. @param {(block: Uint8Array) => void} onBlock */
  writer(onBlock) {
    this.#onBlock = onBlock;
    return { writer: null };
  }

  /** Arguments with which a download gets `content`. @param {Uint8Array} content */
  reader(content) {
    this.#content = content;
    return { reader: null };
  }

  #receive(message) {
    if (message.op === "response") return this.#settle(message);
    let result = null;
    const command = this.#commands.get(message.command_id);
    if (message.op === "update") for (const [key, value] of message.args) command?.update(key, textOf(key, value));
    else if (message.op === "complete" && message.args === null) command?.complete();
    else if (message.op === "complete") command?.fail(message.args);
    else if (message.op === "update_upload_file_write") this.#onBlock(message.args);
    else if (message.op === "update_read_file") {
      result = this.#content.subarray(0, message.length);
      this.#content = this.#content.subarray(message.length);
    }
    this.#webSocket.send(encode({ op: "response", seq_number: message.seq_number, result }));
  }

  #settle({ seq_number: number, result, is_exception: failed }) {
    const answer = this.#answers.get(number);
    this.#answers.delete(number);
    if (failed) answer?.reject(new Error(String(result)));
    else answer?.resolve(result);
  }
}

/** Text comes with the places and times of its lines. */
function textOf(key, value) {
  if (key === "log") return [value[0], value[1][0]];
  return Array.isArray(value) ? value[0] : value;
}
