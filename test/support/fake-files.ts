// The master's end of a transfer: an object that a worker writes into or reads from, and that remembers what was asked
// of it.
import type { IncomingCall, RemoteMethod, RemoteObject } from "../../src/session/pb/remote-object.ts";
import type { JellyValue } from "../../src/wire/jelly/values.ts";
import { viewOf } from "./vectors.ts";

export interface FakeFileOptions {
  /** Methods that fail instead of doing anything. */
  readonly failing?: readonly string[];
  /** Called before a call is answered, with its number among all calls of the file; the answer waits for it. */
  readonly beforeAnswer?: (call: number) => void | Promise<void>;
  /** No call is answered before so many have come. */
  readonly heldUntilCall?: number;
}

export class FakeFile {
  /** What was called, with the arguments in the vectors' notation; of blocks that were written, the size. */
  readonly calls: unknown[][] = [];
  readonly object: RemoteObject;
  /** The most calls that were waiting for an answer at the same time. */
  mostAtOnce = 0;
  readonly #options: FakeFileOptions;
  readonly #held: Promise<void>;
  #release: () => void = () => {};
  #atOnce = 0;

  constructor(methods: Readonly<Record<string, (call: IncomingCall) => JellyValue>>, options: FakeFileOptions) {
    this.#options = options;
    this.#held = new Promise((resolve) => {
      this.#release = resolve;
    });
    this.object = {
      methods: new Map(Object.entries(methods).map(([name, method]) => [name, this.#recorded(name, method)])),
    };
  }

  #recorded(name: string, method: (call: IncomingCall) => JellyValue): RemoteMethod {
    return async (call) => {
      this.calls.push([
        name,
        ...call.args.map((value) => (value instanceof Uint8Array ? value.length : viewOf(value))),
      ]);
      const number = this.calls.length;
      if (number >= (this.#options.heldUntilCall ?? 1)) this.#release();
      this.#atOnce += 1;
      this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
      try {
        // At once, as real masters do, so that calls are carried out in their order however long their answers take.
        const failed = this.#options.failing?.includes(name) ?? false;
        const answer = failed ? null : method(call);
        await this.#options.beforeAnswer?.(number);
        await this.#held;
        if (failed) throw new Error(`the disk of the master does not ${name}`);
        return answer;
      } finally {
        this.#atOnce -= 1;
      }
    };
  }
}

/** A file that an upload makes. */
export class FakeWriter extends FakeFile {
  readonly blocks: Uint8Array[];

  constructor(options: FakeFileOptions & { readonly forgetful?: boolean } = {}) {
    const blocks: Uint8Array[] = [];
    super(
      {
        write(call) {
          if (!options.forgetful) blocks.push(Uint8Array.from(call.args[0] as Uint8Array));
          return null;
        },
        close: () => null,
        utime: () => null,
        unpack: () => null,
      },
      options,
    );
    this.blocks = blocks;
  }

  get content(): Buffer {
    return Buffer.concat(this.blocks);
  }
}

/** A file that a download fetches. */
export class FakeReader extends FakeFile {
  readonly #contentBytes: number;

  constructor(content: Uint8Array, options: FakeFileOptions = {}) {
    let rest = content;
    super(
      {
        read(call) {
          const block = rest.subarray(0, Number(call.args[0]));
          rest = rest.subarray(block.length);
          return block;
        },
        close: () => null,
      },
      options,
    );
    this.#contentBytes = content.length;
  }

  /** The calls without those that found the end once more: how far a worker reads ahead is left to it. */
  get callsToTheEnd(): unknown[][] {
    let left = this.#contentBytes;
    let ends = 0;
    return this.calls.filter(([method, bytes]) => {
      if (method !== "read") return true;
      if (left === 0) ends += 1;
      left = Math.max(0, left - Number(bytes));
      return ends < 2;
    });
  }
}
