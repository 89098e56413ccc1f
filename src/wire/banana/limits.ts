// The limits of banana. The first three are Twisted's own and part of the protocol (twisted.spread.banana: SIZE_LIMIT
// and the prefix limit); the others are ours, since Twisted has none.

export interface BananaLimits {
  /** Longest byte string. */
  readonly stringBytes: number;
  /** Most items of one list. */
  readonly listItems: number;
  /** Most bytes before a type byte. */
  readonly prefixBytes: number;
  /** Deepest nesting of lists. */
  readonly depth: number;
  /** Largest top-level element, all its headers and strings together. */
  readonly messageBytes: number;
  /** Most elements inside one top-level element. */
  readonly messageElements: number;
}

export const bananaLimits: BananaLimits = {
  stringBytes: 640 * 1024,
  listItems: 640 * 1024,
  prefixBytes: 64,
  depth: 256,
  messageBytes: 16 * 1024 * 1024,
  messageElements: 700_000,
};
