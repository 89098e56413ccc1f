// Programs on Windows: jobs, batch files, taskkill. Loaded only there.
export { loadWindowsKernel } from "./kernel.ts";
export { openWindowsChildren } from "./windows-children.ts";
