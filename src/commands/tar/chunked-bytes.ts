// Splits chunks of any size into pieces of a given size.

export class ChunkedBytes {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();

  /** The chunks must not change after they were passed on. */
  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Resolves to `lengthBytes` bytes, or fewer at the end. Rejects with what the source throws. */
  async take(lengthBytes: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let missing = lengthBytes;
    while (missing > 0 && (await this.#filled())) {
      const part = this.#rest.subarray(0, missing);
      this.#rest = this.#rest.subarray(part.length);
      missing -= part.length;
      parts.push(part);
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  /** Ends the source, which closes its resources. Harmless at its end. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }

  async #filled(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return false;
      this.#rest = next.value;
    }
    return true;
  }
}

/** The same bytes in pieces of `lengthBytes`; the last may be shorter. */
export async function* inPieces(
  chunks: AsyncIterable<Uint8Array>,
  lengthBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const bytes = new ChunkedBytes(chunks);
  try {
    for (;;) {
      const piece = await bytes.take(lengthBytes);
      if (piece.length === 0) return;
      yield piece;
    }
  } finally {
    await bytes.close();
  }
}
