// The arguments of one endpoint string by name: rejects missing and unknown ones and validates hosts, ports and other
// values. Errors never contain a value, since some are passwords.
import { isIP } from "node:net";
import { resolve } from "node:path";
import { domainToASCII } from "node:url";
import { isAscii } from "../base/ascii.ts";
import { LONGEST_TIMER_SECONDS } from "../base/clock.ts";
import type { WorkerError } from "../base/errors.ts";
import { LARGEST_PORT } from "../base/ports.ts";
import { DEFAULT_TIMEOUT_MS } from "./endpoint.ts";
import { transportErrors } from "./errors.ts";

/** Where an endpoint string comes from, for errors, and the base of its relative paths. */
export interface EndpointPlace {
  /** As in `/w/buildbot.tac: connection_string`. */
  readonly where: string;
  /** Absolute. */
  readonly directory: string;
}

/** What Python's int() accepts. */
const INTEGER = /^\s*[+-]?\d+(?:_\d+)*\s*$/;

export interface FieldNames {
  readonly known: readonly string[];
  /** How an error may name each key. */
  readonly shownKeys: ReadonlyMap<string, string>;
  readonly place: EndpointPlace;
}

export class EndpointFields {
  readonly #values: ReadonlyMap<string, string>;
  readonly #place: EndpointPlace;

  /** Throws ERR_ENDPOINT for a keyword that is not among `known`. */
  constructor(values: ReadonlyMap<string, string>, { known, shownKeys, place }: FieldNames) {
    this.#values = values;
    this.#place = place;
    const unknown = [...values.keys()].find((key) => !known.includes(key));
    if (unknown !== undefined) {
      throw this.refusal(`unknown keyword ${shownKeys.get(unknown)}; expected any of ${known.join(", ")}`);
    }
  }

  refusal(reason: string): WorkerError {
    return transportErrors.endpoint(this.#place.where, reason);
  }

  isGiven(name: string): boolean {
    return this.#values.has(name);
  }

  requiredText(name: string): string {
    const value = this.#values.get(name);
    if (value === undefined) throw this.refusal(`${name} is missing`);
    if (value === "") throw this.refusal(`${name} is empty`);
    return value;
  }

  host(name: string): string {
    return asciiHost(this.requiredText(name)) ?? this.#wrong(name, "the name or the IP address of a host");
  }

  port(): number {
    return this.#integer("port", this.requiredText("port"), { least: 1, most: LARGEST_PORT });
  }

  timeoutMs(): number {
    const text = this.#values.get("timeout");
    if (text === undefined) return DEFAULT_TIMEOUT_MS;
    return 1000 * this.#integer("timeout", text, { least: 1, most: LONGEST_TIMER_SECONDS });
  }

  flag(name: string): boolean {
    const text = this.#values.get(name);
    return text !== undefined && this.#integer(name, text, { least: 0, most: 1 }) === 1;
  }

  /** Empty counts as not given. */
  ipAddress(name: string): string | undefined {
    const text = this.#values.get(name);
    if (text === undefined || text === "") return undefined;
    return isIP(text) === 0 ? this.#wrong(name, "an IP address") : text;
  }

  /** Absolute. */
  path(name: string): string | undefined {
    const text = this.#values.get(name);
    if (text?.includes("\0")) return this.#wrong(name, "a path");
    return text === undefined ? undefined : resolve(this.#place.directory, text);
  }

  #integer(name: string, text: string, { least, most }: { readonly least: number; readonly most: number }): number {
    const value = INTEGER.test(text) ? Number(text.replaceAll("_", "")) : Number.NaN;
    if (value >= least && value <= most) return value;
    return this.#wrong(name, `a whole number from ${least} to ${most}`);
  }

  #wrong(name: string, expected: string): never {
    throw this.refusal(`${name} must be ${expected}`);
  }
}

/** A host name in the ASCII form of DNS and certificates, or an IP address; undefined if the text is neither. */
export function asciiHost(host: string): string | undefined {
  if (isIP(host) !== 0) return host;
  if (/[\s/]|[^ -~\xa0-\uffff]/.test(host)) return undefined;
  return isAscii(host) && host !== "" ? host : domainToASCII(host) || undefined;
}
