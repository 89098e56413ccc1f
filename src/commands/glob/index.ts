// Finds files by a pattern: `searchFiles` walks a tree for a pattern from `parsePathPattern`.
export { parsePathPattern } from "./path-pattern.ts";
export { searchFiles } from "./search.ts";
