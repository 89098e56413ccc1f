// The settings that a worker needs to run commands, both for a worker with a master and for the one of `try`.
import { systemClock } from "../base/clock.ts";
import { KnownSecrets } from "../base/known-secrets.ts";
import { isLinux, platformName } from "../base/platform.ts";
import { systemReason } from "../base/system-error.ts";
import type { OwnOptions, TacSettings } from "../config/index.ts";
import { confinementTo, openEncodings, receiptsAfter, type WorkerSetup } from "../worker/index.ts";
import { daemonErrors } from "./errors.ts";

export interface SetupRequest {
  readonly settings: Pick<TacSettings, "basedir" | "unicodeEncoding">;
  readonly options: OwnOptions;
  /** For commands and the master: without the passwords of the workers of this process. */
  readonly environment: WorkerSetup["environment"];
  readonly secrets: KnownSecrets;
  readonly ownFiles?: WorkerSetup["ownFiles"];
  /** A line for the worker's log. */
  readonly log: (text: string) => void;
}

type ConfiguredSetup = Pick<WorkerSetup, "baseDirectory" | "environment" | "clock" | "rules" | "log">;
type Rules = WorkerSetup["rules"];

export async function configuredSetup(request: SetupRequest): Promise<ConfiguredSetup> {
  const { settings, options, environment, secrets, log } = request;
  const encodings = await openEncodings({ configured: settings.unicodeEncoding, environment: process.env, log });
  const confinement = options.confine ? await confined(request) : undefined;
  const receipts = await receiptsAfter(options.receipt_after * 1000);
  const rules = { ...commandRules(options, encodings, secrets), confinement, receipts };
  return { baseDirectory: settings.basedir, environment, clock: systemClock, rules, log };
}

async function confined({ settings, options, ownFiles = [] }: SetupRequest): Promise<Rules["confinement"]> {
  try {
    if (!isLinux) throw new Error(`this is ${platformName}`);
    return await confinementTo(settings.basedir, [...ownFiles, options.relay_key]);
  } catch (error) {
    throw daemonErrors.noConfinement.from(error, systemReason(error));
  }
}

export function commandRules(
  options: OwnOptions,
  encodings: Pick<Rules, "encoding" | "fileEncoding">,
  secrets = new KnownSecrets(),
): Rules {
  return {
    leftovers: options.leftovers,
    lingerLimitMs: options.linger_limit * 1000,
    lineLimitBytes: options.line_limit,
    backlogLimitBytes: options.backlog_limit,
    ...encodings,
    secrets,
  };
}
