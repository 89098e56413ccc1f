// Jelly, the values of Perspective Broker: `jelly` and `unjelly`.
export { Failure } from "./failure.ts";
export { jelly } from "./jelly.ts";
export { unjelly } from "./unjelly.ts";
export { type JellyValue, Remote, Text } from "./values.ts";
