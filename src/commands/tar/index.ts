// Archives of directories for uploads, created as a stream: `packTree`.
export { ChunkedBytes } from "./chunked-bytes.ts";
export { bzip2, gzip } from "./compression.ts";
export { packTree } from "./pack.ts";
