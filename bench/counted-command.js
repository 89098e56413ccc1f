// A command as a master sees it: what it prints is counted, not kept. Knows no protocol.

const STREAMS = new Set(["stdout", "stderr", "header"]);

export class CountedCommand {
  /** @type {((text: string) => void) | undefined} */
  #onOutput;
  /** Undefined until it is known. @type {number | undefined} */
  rc;
  /** Bytes of UTF-8 by stream; those of log files by their name. @type {Record<string, number>} */
  bytes = {};
  /** Resolves when the command is complete; rejects when it ended in a failure, or with its connection. */
  completed;
  /** @type {() => void} */
  #resolve;
  /** @type {(error: Error) => void} */
  #reject;

  /** @param {(text: string) => void} [onOutput] Called with what comes from stdout. */
  constructor(onOutput) {
    this.#onOutput = onOutput;
    this.completed = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.completed.catch(() => {}); // its callers get the error
  }

  /** One update. @param {string} key @param {unknown} value text for streams, a name and text for `log` */
  update(key, value) {
    if (key === "rc") this.rc = Number(value);
    else if (STREAMS.has(key)) this.#count(key, value);
    else if (key === "log") this.#count(value[0], value[1]);
  }

  complete() {
    this.#resolve();
  }

  /** @param {unknown} reason */
  fail(reason) {
    this.#reject(new Error(`the command failed: ${String(reason)}`));
  }

  #count(name, text) {
    if (name === "stdout") this.#onOutput?.(String(text));
    this.bytes[name] = (this.bytes[name] ?? 0) + Buffer.byteLength(text);
  }
}
