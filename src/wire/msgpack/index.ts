// MessagePack: `decodeMessage` and `encodeMessage`.
export { decodeMessage } from "./decoder.ts";
export { encodeMessage } from "./encoder.ts";
export { msgpackLimits } from "./limits.ts";
export { type FloatRun, FloatRuns, type MsgpackMap, type MsgpackValue, Utf8Text } from "./values.ts";
