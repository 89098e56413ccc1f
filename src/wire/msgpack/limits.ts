// Our limits for MessagePack, which defines none. Where possible they equal those of banana, so that a peer can do no
// more harm over one protocol than over the other.

export interface MsgpackLimits {
  /** Largest message. */
  readonly messageBytes: number;
  /** Deepest nesting of arrays and maps. */
  readonly depth: number;
  /** Most values inside one message; a map entry counts twice. */
  readonly messageElements: number;
}

export const msgpackLimits: MsgpackLimits = {
  messageBytes: 16 * 1024 * 1024,
  depth: 256,
  messageElements: 700_000,
};
