// Banana, the bytes below Perspective Broker: `BananaDecoder` and `encodeElement`.
export { BananaDecoder } from "./decoder.ts";
export { type Element, type Encodable, isList } from "./element.ts";
export { encodeElement } from "./encoder.ts";
export { type BananaLimits, bananaLimits } from "./limits.ts";
export type { Dialect } from "./vocabulary.ts";
