// The files of uploads and downloads on the master.
export { removeUploadLeftovers } from "./leftovers.ts";
export { type StepFiles, stepFiles } from "./step-files.ts";
