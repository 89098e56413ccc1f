// The secrets of a master.yaml: read from files, the environment and systemd credentials, and referred to by name.
import { resolve } from "node:path";
import { didYouMean } from "../../base/near-name.ts";
import type { CrossFault } from "./cross-checks.ts";
import type { MasterInput } from "./master-schema.ts";
import { readSecret, type Secret, warnIfExposed } from "./secret-files.ts";

/** Shorter ones would be hidden in every second word of a log. */
const SHORTEST_CHARS = 6;

export interface SecretSourcesOptions {
  /** Of master.yaml. */
  readonly directory: string;
  readonly warn: (sentence: string) => void;
  readonly onFault: (fault: CrossFault) => void;
}

export class SecretSources {
  readonly #options: SecretSourcesOptions;
  #values: ReadonlyMap<string, string> = new Map();

  constructor(options: SecretSourcesOptions) {
    this.#options = options;
  }

  /** The values by name. */
  readAll(inputs: MasterInput["secrets"]): ReadonlyMap<string, string> {
    const values = new Map<string, string>();
    for (const [name, input] of Object.entries(inputs)) {
      const secret = this.#read(input);
      const text = "text" in secret ? secret.text : "";
      const fault = "fault" in secret ? secret.fault : faultOf(text);
      if (fault !== undefined) this.#options.onFault({ path: ["secrets", name], sentence: fault });
      values.set(name, text);
    }
    this.#values = values;
    return values;
  }

  /** The value of the secret that the setting at `path` names. */
  named(name: string | undefined, path: readonly PropertyKey[]): string | undefined {
    if (name === undefined) return undefined;
    const value = this.#values.get(name);
    if (value === undefined) this.#options.onFault({ path, sentence: unknownSecret(name, [...this.#values.keys()]) });
    return value;
  }

  #read({ file, environment, credential }: MasterInput["secrets"][string]): Secret {
    if ([file, environment, credential].filter((one) => one !== undefined).length !== 1) {
      return { fault: "expected exactly one of file, environment, credential" };
    }
    if (environment !== undefined) {
      const text = process.env[environment];
      return text === undefined ? { fault: `the environment variable ${environment} is not set` } : { text };
    }
    const { CREDENTIALS_DIRECTORY: credentials } = process.env;
    if (credential !== undefined && credentials === undefined) {
      return { fault: "the master was not started by systemd with LoadCredential= (CREDENTIALS_DIRECTORY is not set)" };
    }
    const path =
      file === undefined ? resolve(credentials ?? "", credential ?? "") : resolve(this.#options.directory, file);
    const secret = readSecret(path);
    if (file !== undefined && "text" in secret) warnIfExposed(path, this.#options.warn);
    return secret;
  }
}

export function unknownSecret(name: string, known: readonly string[]): string {
  return `there is no secret '${name}'${didYouMean(name, known, "'")}`;
}

function faultOf(text: string): string | undefined {
  if (text.includes("\0")) return "contains null characters";
  return text.length < SHORTEST_CHARS ? `expected a secret of at least ${SHORTEST_CHARS} characters` : undefined;
}
