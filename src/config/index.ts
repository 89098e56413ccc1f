// The configuration: `buildbot.tac`, Buildhand's own options, and new base directories. Start with `readTac`.
export { createBasedir, infoFiles } from "./create-basedir.ts";
export { type EnvironmentSettings, environmentSettings } from "./environment-settings.ts";
export { configErrors } from "./errors.ts";
export { readMasterArgument } from "./master-argument.ts";
export {
  commandLineSource,
  environmentSource,
  LONGEST_SOCKET_PATH_BYTES,
  longName,
  type OptionSource,
  type OwnOptions,
  ownOptionNames,
  ownOptionRows,
  ownOptions,
  shownDefault,
} from "./own-options.ts";
export { ownSecrets } from "./own-secrets.ts";
export { credentialPath, PASSWORD_LIMIT_BYTES, passwordFromFile, passwordIn } from "./password-file.ts";
export { type FileReading, readRegularFile } from "./regular-file.ts";
export { givenRelaySettings, readRelaySettings, relaySettingRows } from "./relay-settings.ts";
export { readTac, readTacConfig, readTacFile, type TacConfig, type TacFile, type TacWorker } from "./tac.ts";
export { type TacLog, type TacSettings, WORKER_ARGUMENTS } from "./tac-settings.ts";
export { type NewTac, plainTacText, type TacFindings, tacText } from "./tac-text.ts";
