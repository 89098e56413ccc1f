// Reads and validates master.yaml.
import { accessSync, constants } from "node:fs";
import { dirname, resolve } from "node:path";
import { systemReason } from "../../base/system-error.ts";
import { builderDirectory } from "./builder-directory.ts";
import { type CrossFault, crossFaults } from "./cross-checks.ts";
import { faultsError } from "./faults.ts";
import { type MasterInput, masterSchema } from "./master-schema.ts";
import { readPassword, warnIfExposed } from "./secret-files.ts";
import { SecretSources } from "./secrets.ts";
import { serviceFaults } from "./service-checks.ts";
import { changeSourceConfig, reporterConfig, schedulerConfig } from "./services.ts";
import { environmentMap, stepConfig } from "./steps.ts";
import { bytesOf } from "./units.ts";
import { validated } from "./validate.ts";
import { readYamlFile } from "./yaml-file.ts";

/**
 * Relative paths are relative to the directory of the file. Throws ERR_CONFIG_FILE, or ERR_MASTER_CONFIG with all
 * faults. `warn` gets a sentence for each insecure setting.
 */
export function readMasterConfig(path: string, warn: (sentence: string) => void = () => {}): MasterFile {
  const file = readYamlFile(path);
  const input = validated(masterSchema, file);
  const reading = new Reading(dirname(resolve(path)), warn);
  const config = reading.config(input);
  const faults = [...crossFaults(input), ...serviceFaults(input), ...reading.faults];
  if (faults.length > 0) {
    throw faultsError(
      path,
      faults.map((fault) => ({ ...file.place(fault.path, "value"), sentence: fault.sentence })),
    );
  }
  if (hasPassword(input)) warnIfExposed(resolve(path), warn);
  return config;
}

/** Its types follow from the schema. */
export type MasterFile = ReturnType<Reading["config"]>;

function hasPassword({ workers, web }: MasterInput): boolean {
  return (
    web?.adminPassword !== undefined ||
    web?.apiToken !== undefined ||
    workers.some(({ password }) => password !== undefined)
  );
}

/** Reads the files that master.yaml refers to, and collects faults. */
class Reading {
  readonly faults: CrossFault[] = [];
  readonly #directory: string;
  readonly #warn: (sentence: string) => void;
  readonly #secrets: SecretSources;

  constructor(directory: string, warn: (sentence: string) => void) {
    this.#directory = directory;
    this.#warn = warn;
    this.#secrets = new SecretSources({ directory, warn, onFault: (fault) => this.faults.push(fault) });
  }

  config(input: MasterInput) {
    const { title, listeners, web, workers, builders, schedulers, retention } = input;
    const secrets = this.#secrets.readAll(input.secrets);
    return {
      title,
      listeners: listeners.map((listener, at) => this.#listener(listener, at)),
      web: web && {
        host: web.host,
        port: web.port,
        adminPassword: this.#password(web.adminPassword, web.adminPasswordFile, ["web", "adminPasswordFile"]),
        read: web.read,
        url: web.url && new URL(web.url).href,
        trustedProxies: web.trustedProxies,
        relays: web.relays.map((directory) => resolve(this.#directory, directory)),
        apiToken: this.#secrets.named(web.apiToken, ["web", "apiToken"]),
      },
      secrets,
      workers: workers.map(({ name, password, passwordFile, maxBuilds }, at) => ({
        name,
        password: this.#password(password, passwordFile, ["workers", at, "passwordFile"]) ?? "",
        maxBuilds,
      })),
      builders: builders.map((builder) => builderConfig(builder, input)),
      schedulers: schedulers.map(schedulerConfig),
      changeSources: input.changeSources.map((source, at) => changeSourceConfig(source, at, this.#secrets)),
      reporters: input.reporters.map((reporter, at) => reporterConfig(reporter, at, this.#secrets)),
      mergeRequests: input.mergeRequests,
      retention: {
        buildsPerBuilder: retention.buildsPerBuilder,
        days: retention.days,
        logLimitBytes: bytesOf(retention.logLimit),
        buildLogLimitBytes: bytesOf(retention.buildLogLimit),
        minFreeBytes: bytesOf(retention.minFreeSpace),
        minFreePercent: retention.minFreePercent,
      },
    };
  }

  #listener({ protocol, host, port, tls }: MasterInput["listeners"][number], at: number) {
    if (tls === undefined) return { protocol, host, port };
    const file = (key: keyof typeof tls) => this.#readable(tls[key] ?? "", ["listeners", at, "tls", key]);
    const authorities = tls.clientAuthorities === undefined ? {} : { clientAuthorities: file("clientAuthorities") };
    const files = { certificate: file("certificate"), privateKey: file("privateKey"), ...authorities };
    return { protocol, host, port, tls: files };
  }

  #password(text: string | undefined, file: string | undefined, path: readonly PropertyKey[]): string | undefined {
    if (file === undefined) return text;
    const absolute = resolve(this.#directory, file);
    const secret = readPassword(absolute);
    if ("fault" in secret) {
      this.faults.push({ path, sentence: secret.fault });
      return undefined;
    }
    warnIfExposed(absolute, this.#warn);
    return secret.text;
  }

  #readable(file: string, path: readonly PropertyKey[]): string {
    const absolute = resolve(this.#directory, file);
    try {
      accessSync(absolute, constants.R_OK);
    } catch (error) {
      this.faults.push({ path, sentence: `${absolute} cannot be read: ${systemReason(error)}` });
    }
    return absolute;
  }
}

function builderConfig(builder: MasterInput["builders"][number], { logEnviron, hiddenVariables }: MasterInput) {
  const { name, description, workers, env, steps } = builder;
  return {
    name,
    description,
    directory: builderDirectory(builder),
    workers,
    env: environmentMap(env),
    logEnviron,
    hiddenVariables,
    steps: steps.map(stepConfig),
  };
}
