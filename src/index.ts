// The public API: what a program needs to speak to a Buildbot master or worker, or to run the command line.
export { errors, WorkerError } from "./base/errors.ts";
export { version } from "./base/version.ts";
export { main } from "./cli/main.ts";
