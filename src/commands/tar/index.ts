// Archives of directories for uploads, written as they are read: `packTree`.
export { ChunkedBytes } from "./chunked-bytes.ts";
export { bzip2, gzip } from "./compression.ts";
export { packTree } from "./pack.ts";
