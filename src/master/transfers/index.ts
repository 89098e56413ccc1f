// The files of uploads and downloads on the master.
export { Artifacts } from "./artifacts.ts";
export { removeUploadLeftovers } from "./leftovers.ts";
export { type StepFiles, stepFiles } from "./step-files.ts";
