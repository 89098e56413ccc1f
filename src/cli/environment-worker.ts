// The settings of a worker without a buildbot.tac, from the environment: what create-worker would write, read without writing it.
// Loaded only when needed.
import { accessSync, constants } from "node:fs";
import { join, resolve } from "node:path";
import { baseErrors } from "../base/errors.ts";
import {
  commandLineSource,
  configErrors,
  type EnvironmentSettings,
  environmentSettings,
  readMasterArgument,
  readTacConfig,
  type TacConfig,
  tacText,
} from "../config/index.ts";
import { newTac } from "./create-worker.ts";
import { createWorkerOptions } from "./create-worker-options.ts";
import { type ParsedOptions, parseOptions } from "./option-parser.ts";

/** The password has its own variables. */
const options = createWorkerOptions.filter(({ name }) => name !== "password-file");

/** The container image's default, which differs from create-worker's. */
const MOST_RETRIES = "10";

/** From this process's environment; undefined without a master or a password. Throws usage errors. */
export function environmentConfig(directory: string, { values, flags }: ParsedOptions): TacConfig | undefined {
  if (!canBeEntered(directory)) return undefined;
  const settings = environmentSettings(process.env);
  if (settings === undefined) {
    if (process.env["BUILDMASTER"])
      console.error("BUILDMASTER is set, but there is no password: set WORKERPASS or WORKERPASS_FILE");
    return undefined;
  }
  // Its value may come from a file.
  if (settings.hidden !== undefined) process.env["WORKER_ENVIRONMENT_BLACKLIST"] = settings.hidden;
  // Errors contain it in place of the path of a file.
  const path = join(directory, "(environment)");
  const text = textOfSettings(settings, directory);
  const { workers, ...config } = readTacConfig({ path, text }, commandLineSource(values, flags));
  const [worker] = workers;
  return {
    ...config,
    workers: [{ ...worker, passwordVariables: settings.passwordVariables }],
    log: { ...config.log, hasObserver: !values.has("logfile") },
  };
}

function canBeEntered(directory: string): boolean {
  try {
    accessSync(`${directory}/.`, constants.X_OK);
    return true;
  } catch {
    return false; // reading buildbot.tac reports why
  }
}

function textOfSettings(settings: EnvironmentSettings, directory: string): string {
  const { master, name, password, protocol } = settings;
  naming("BUILDMASTER and BUILDMASTER_PORT", () => readMasterArgument(master));
  const basedir = resolve(directory, settings.basedir ?? ".");
  const tac = naming("BUILDHAND_OPTIONS", () => {
    const { flags, values, rest } = parseOptions(options, settings.options.split(/\s+/).filter(Boolean));
    if (rest.length > 0) throw baseErrors.usage("expected only options of create-worker, without arguments");
    const defaults = [["maxretries", MOST_RETRIES] as const, ...(protocol ? [["protocol", protocol] as const] : [])];
    return newTac({ flags, values: new Map([...defaults, ...values]), rest }, { basedir, master, name, password });
  });
  return tacText({ ...tac, basedir, rotateLog: false });
}

function naming<Result>(source: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    if (!baseErrors.usage.is(error)) throw error;
    throw configErrors.tacSetting(`${source}: ${error.message}`);
  }
}
