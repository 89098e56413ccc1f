// The master's ends of uploads and downloads: files and archives on its disk.
export { removeUploadLeftovers } from "./leftovers.ts";
export { type StepFiles, stepFiles } from "./step-files.ts";
