// Files by a pattern: `searchFiles` walks a tree for what `parsePathPattern` has read.
export { parsePathPattern } from "./path-pattern.ts";
export { searchFiles } from "./search.ts";
