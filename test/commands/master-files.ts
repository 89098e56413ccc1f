// The master's ends of transfers without a master: every call waits until the test answers it, in order.
import type { FileReader, FileWriter } from "../../src/commands/peer.ts";
import { ConnectionBudget } from "../../src/worker/transfer-budget.ts";

interface Call {
  readonly bytes: number;
  readonly answer: () => void;
  readonly fail: (error: Error) => void;
}

class Calls {
  readonly waiting: Call[] = [];
  /** Sizes of all blocks that were written or asked for. */
  readonly sizes: number[] = [];
  mostBytes = 0;

  add<Value>(bytes: number, value: () => Value): Promise<Value> {
    this.sizes.push(bytes);
    return new Promise((resolve, reject) => {
      this.waiting.push({ bytes, answer: () => resolve(value()), fail: reject });
      this.mostBytes = Math.max(
        this.mostBytes,
        this.waiting.reduce((sum, call) => sum + call.bytes, 0),
      );
    });
  }

  /** Answers the oldest call, and lets the worker do what it does then. */
  async answer(): Promise<void> {
    this.waiting.shift()?.answer();
    await turn();
  }

  async fail(error: Error): Promise<void> {
    this.waiting.shift()?.fail(error);
    await turn();
  }
}

export class MasterWriter extends Calls implements FileWriter {
  readonly budget: ConnectionBudget;
  readonly blocks: Uint8Array[] = [];

  constructor(budget = new ConnectionBudget()) {
    super();
    this.budget = budget;
  }

  write(block: Uint8Array): Promise<void> {
    return this.add(block.length, () => void this.blocks.push(block));
  }

  close = () => Promise.resolve();
  utime = () => Promise.resolve();
  unpack = () => Promise.resolve();
}

export class MasterReader extends Calls implements FileReader {
  readonly budget: ConnectionBudget;
  readonly #content: Uint8Array;
  readonly #shorten: (bytes: number) => number;
  #at = 0;

  /** `shorten`: how many of the bytes that are asked for come at once. */
  constructor(content: Uint8Array, shorten = (bytes: number) => bytes, budget = new ConnectionBudget()) {
    super();
    this.budget = budget;
    this.#content = content;
    this.#shorten = shorten;
  }

  read(bytes: number): Promise<Uint8Array> {
    return this.add(bytes, () => {
      const block = this.#content.subarray(this.#at, this.#at + this.#shorten(bytes));
      this.#at += block.length;
      return block;
    });
  }

  close = () => Promise.resolve();
}

/** Lets everything happen that needs no more than promises. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export function contentOf(bytes: number): Buffer {
  return Buffer.from(Array.from({ length: bytes }, (_, i) => (i * 7) % 251));
}
