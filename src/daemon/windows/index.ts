// Control of the worker's process on Windows. Loaded only there.
export { pipeControl } from "./pipe-control.ts";
