// The master's ends of uploads and downloads: files and archives on its disk.
export { archiveSink } from "./archive-sink.ts";
export { onMaster } from "./below.ts";
export { fileSink } from "./file-sink.ts";
export { fileSource } from "./file-source.ts";
export { removeLeftovers } from "./leftovers.ts";
