// The embedded buildmaster: `Master` schedules and stores builds, `listenForWorkers` accepts workers, `serveStatusPage`
// serves the status page.
export { type BuildFacts, type StepEnd, StepLogs, StepSequence } from "./builds/index.ts";
export {
  type Recipe,
  readBuilder,
  readMasterConfig,
  readPlainSecret,
  readRecipe,
  sampleMasterFile,
} from "./config/index.ts";
export { masterErrors } from "./errors.ts";
export { LoginDelays } from "./login-delays.ts";
export { Master } from "./master.ts";
export type { ListenerConfig, MasterConfig, StepConfig } from "./master-config.ts";
export type { BuildDetail, LogLine, LogView, MasterView, StepView } from "./master-view.ts";
export { post } from "./post.ts";
export { numberOfResult, type Result, resultOfNumber } from "./results.ts";
export { hashOfPassword } from "./secret.ts";
export { SecretMask } from "./secret-mask.ts";
export { type StepFiles, stepFiles } from "./transfers/index.ts";
export { serveStatusPage } from "./web/status-page.ts";
export type {
  BuilderDirectory,
  CommandArgument,
  CommandEnd,
  CommandRequest,
  DownloadSource,
  RemoteCommand,
  UploadSink,
  WorkerInfo,
  WorkerLink,
} from "./worker-link.ts";
export { listenForWorkers } from "./workers/listener.ts";
