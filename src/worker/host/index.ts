// Facts about this host for the master: its name, system, processors, encodings, environment.
export { cpuCount } from "./cpu-count.ts";
export { openEncodings } from "./encodings.ts";
export { INFO_FILE_LIMIT_BYTES, INFO_NO_DIRECTORY, readInfoFiles } from "./host-files.ts";
export { type HostText, readHostText } from "./host-text.ts";
export { takeEnvironment } from "./inherited-environment.ts";
export { readOsRelease } from "./os-release.ts";
