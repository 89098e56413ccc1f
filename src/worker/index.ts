// The worker: `WorkerService` keeps it connected to its master, `Worker` holds its builders and running commands.
export { confinementTo, receiptsAfter } from "../commands/index.ts";
export { Backlog, type CommandBacklog } from "./backlog.ts";
export { Builder } from "./builder.ts";
export { workerErrors } from "./errors.ts";
export {
  cpuCount,
  type HostText,
  INFO_FILE_LIMIT_BYTES,
  INFO_NO_DIRECTORY,
  openEncodings,
  readHostText,
  readOsRelease,
  takeEnvironment,
} from "./host/index.ts";
export { basicAuthorization } from "./msgpack/msgpack-connection.ts";
export { beginsPbGreeting, endBeforeGreeting } from "./pb/index.ts";
export type { WorkerSetup } from "./settings.ts";
export type { ShutdownRequest } from "./shutdown-request.ts";
export { ConnectionBudget } from "./transfer-budget.ts";
export { Worker } from "./worker.ts";
export { commandVersions } from "./worker-info.ts";
export type { WorkerReport } from "./worker-report.ts";
export {
  admissionFor,
  openWorkerRuntime,
  unsupervised,
  useChildren,
  type WorkerRuntime,
} from "./worker-runtime.ts";
export { type Protocol, WorkerService, type WorkerServiceOptions } from "./worker-service.ts";
