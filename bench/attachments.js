// The workers that have come to a master and the scenarios that wait for one. Knows no protocol.

/**
 * A worker that has attached, whichever protocol carries it.
 * @typedef {object} AttachedWorker
 * @property {import("node:net").Socket} socket
 * @property {(names: readonly string[]) => Promise<void>} setBuilders
 * @property {(builder: string, name: string, args: Readonly<Record<string, unknown>>, onOutput?: (text: string) => void) => Promise<import("./counted-command.js").CountedCommand>} run
 */

/**
 * @typedef {object} Master
 * @property {number} port
 * @property {() => Promise<AttachedWorker>} nextWorker The next that attaches, or one that did and was not taken yet.
 * @property {() => Promise<void>} close
 */

export class Attachments {
  /** @type {AttachedWorker[]} */
  #attached = [];
  /** @type {((worker: AttachedWorker) => void)[]} */
  #wanted = [];
  /** @type {Set<AttachedWorker>} */
  #all = new Set();

  /** @param {AttachedWorker} worker */
  add(worker) {
    this.#all.add(worker);
    worker.socket.on("close", () => this.#all.delete(worker));
    const wanted = this.#wanted.shift();
    if (wanted === undefined) this.#attached.push(worker);
    else wanted(worker);
  }

  /** @param {import("node:net").Server} server that listens @returns {Master} */
  master(server) {
    return {
      port: server.address().port,
      nextWorker: () => this.#next(),
      close: async () => {
        for (const { socket } of this.#all) socket.destroy();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }

  #next() {
    const attached = this.#attached.shift();
    if (attached !== undefined) return Promise.resolve(attached);
    return new Promise((resolve) => this.#wanted.push(resolve));
  }
}
