// The frames on the line between a worker and a relay: values to bytes and back. Pure; a frame that is malformed or too
// long is an error of the table.
import { transportErrors } from "../errors.ts";

/** Longest body. Short frames keep a slow line responsive. */
const BODY_LIMIT_BYTES = 16 * 1024;
const HEAD_BYTES = 4;
const NUMBER_BYTES = 6;
/** The most bytes of the stream that fit into one frame, after its offset. */
export const DATA_LIMIT_BYTES = BODY_LIMIT_BYTES - NUMBER_BYTES;
/** Of a label, in bytes of UTF-8. */
export const LABEL_LIMIT_BYTES = 64;
/** Of the texts that one end sends for the log of the other. */
const REASON_LIMIT_BYTES = 256;

interface Field<Value> {
  /** Exact in bytes; undefined: the rest of the body, of at most `limit`. */
  readonly size?: number;
  readonly limit?: number;
  readonly put: (value: Value) => Uint8Array;
  readonly get: (bytes: Buffer) => Value;
}

const same = { put: (value: Uint8Array) => value, get: (bytes: Buffer): Uint8Array => bytes };
const fixed = (size: number) => ({ size, ...same });
const rest = { limit: BODY_LIMIT_BYTES, ...same };

/** Milliseconds, or a position in a direction of the stream. */
const number: Field<number> = {
  size: NUMBER_BYTES,
  put(value) {
    const bytes = Buffer.allocUnsafe(NUMBER_BYTES);
    bytes.writeUIntBE(value, 0, NUMBER_BYTES);
    return bytes;
  },
  get: (bytes) => bytes.readUIntBE(0, NUMBER_BYTES),
};

/** `limit` in bytes of UTF-8. */
function text(limit: number): Field<string> {
  return {
    limit,
    // A cut in the middle of a character would be longer than before, as its replacement has three bytes.
    put: (value) => Buffer.from(Buffer.from(value).toString("utf8", 0, limit - 3)),
    get: (bytes) => bytes.toString(),
  };
}

const reason = text(REASON_LIMIT_BYTES);

/** By their names; a frame's code is the position here, from 1. Never reorder. */
const layouts = {
  /** From the relay, first. */
  challenge: { magic: fixed(4), nonce: fixed(32) },
  /** From the worker: opens a session. */
  new: { id: fixed(16), secret: fixed(32), instance: fixed(32), proof: fixed(32), label: text(LABEL_LIMIT_BYTES) },
  /** From the worker: continues one. `have`: received bytes of the stream. */
  resume: { id: fixed(16), have: number, proof: fixed(32) },
  welcome: { have: number, graceMs: number, youngMs: number, readyMs: number },
  /** There is no such session, or will not be one. */
  refuse: { reason },
  data: { offset: number, bytes: rest },
  /** All before `offset` was written to the local side. */
  ack: { offset: number },
  ping: {},
  /** The stream ends at `offset`, and takes one number. With a reason, the local side was reset. */
  fin: { offset: number, reason },
  /** The session is over at once. */
  bye: { reason },
  /** From the worker: it is attached to its master, and the grace holds from now on. */
  ready: {},
} as const;

type Layouts = typeof layouts;
type FrameType = keyof Layouts;
type ValueOf<F> = F extends Field<infer Value> ? Value : never;
export type FrameOf<T extends FrameType> = { readonly type: T } & {
  readonly [Name in keyof Layouts[T]]: ValueOf<Layouts[T][Name]>;
};
export type Frame = { [T in FrameType]: FrameOf<T> }[FrameType];

const types = Object.keys(layouts) as FrameType[];
const fieldsOf = new Map(
  types.map((type) => [type, Object.entries(layouts[type]) as [string, Field<unknown>][]] as const),
);

/** In pieces, so that the bytes of a `data` frame are not copied. */
export function encodeFrame(frame: Frame): readonly Uint8Array[] {
  const values = frame as unknown as Readonly<Record<string, unknown>>;
  const parts = (fieldsOf.get(frame.type) ?? []).map(([name, field]) => field.put(values[name]));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const body = frame.type === "data" ? parts.splice(1) : [];
  const head = Buffer.allocUnsafe(HEAD_BYTES);
  head.writeUInt32BE(((types.indexOf(frame.type) + 1) << 24) + length);
  return [Buffer.concat([head, ...parts]), ...body];
}

const NOTHING: Buffer = Buffer.alloc(0);

/** Cuts the bytes of one line into frames. */
export class FrameReader {
  #pending = NOTHING;

  /** Calls `onFrame` for each complete frame; throws ERR_RELAY_PROTOCOL. */
  push(chunk: Buffer, onFrame: (frame: Frame) => void): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    while (this.#pending.length >= HEAD_BYTES) {
      const head = this.#pending.readUInt32BE();
      const type = types[(head >>> 24) - 1];
      const length = head & 0xffffff;
      if (type === undefined || length > BODY_LIMIT_BYTES) throw transportErrors.relayProtocol("sent no valid frame");
      const end = HEAD_BYTES + length;
      if (this.#pending.length < end) return;
      const body = this.#pending.subarray(HEAD_BYTES, end);
      // An empty view would keep the memory of the chunk.
      this.#pending = this.#pending.length === end ? NOTHING : this.#pending.subarray(end);
      onFrame(decoded(type, body));
    }
  }
}

function decoded(type: FrameType, body: Buffer): Frame {
  const values: Record<string, unknown> = { type };
  let at = 0;
  for (const [name, { size, limit = 0, get }] of fieldsOf.get(type) ?? []) {
    const bytes = body.subarray(at, size === undefined ? undefined : at + size);
    if (size === undefined ? bytes.length > limit : bytes.length !== size) {
      throw transportErrors.relayProtocol(`sent a frame '${type}' with an invalid ${name}`);
    }
    at += bytes.length;
    values[name] = get(bytes);
  }
  if (at !== body.length) throw transportErrors.relayProtocol(`sent a frame '${type}' that is too long`);
  return values as unknown as Frame;
}
