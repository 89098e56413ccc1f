// S-expressions → values. Accepts what Twisted's default security policy accepts (perspective-broker.md
// §3.5) and never makes an object by name.

import { Float, Tuple } from "../../base/python-values.ts";
import { bananaLimits, type Element, isList } from "../banana/index.ts";
import { wireErrors } from "../errors.ts";
import { FAILURE_CLASS, failureFromState } from "./failure-state.ts";
import { type JellyDictionary, JellySet, type JellyValue, Local, Opaque, Remote, Unpersistable } from "./values.ts";

/** Shared values count as often as they occur; otherwise a short message could expand to an unbounded value. */
const VALUES_LIMIT = bananaLimits.messageElements;

interface Shared {
  readonly value: JellyValue;
  readonly size: number;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Throws ERR_JELLY_REFUSED with the text that a Twisted peer would send. Every handle is added to `remotes`, also those
 * read before an error: each must be released to the peer.
 */
export function unjelly(element: Element, remotes: Remote[] = []): JellyValue {
  return new Unjellier(remotes).value(element);
}

class Unjellier {
  /** Undefined while the object is being read, since a reference to itself would be a cycle. */
  readonly #shared = new Map<number, Shared | undefined>();
  readonly #remotes: Remote[];
  #size = 0;

  constructor(remotes: Remote[]) {
    this.#remotes = remotes;
  }

  value(element: Element): JellyValue {
    this.#grow(1);
    if (!isList(element)) return element;
    const [head, ...rest] = element;
    if (!(head instanceof Uint8Array)) {
      throw wireErrors.jellyRefused(`a list must begin with a tag, got ${describe(head)}`);
    }
    return this.#tagged(Buffer.from(head).toString("utf8"), rest);
  }

  #tagged(tag: string, rest: readonly Element[]): JellyValue {
    switch (tag) {
      case "None":
        return null;
      case "unicode":
        return readText(tag, rest);
      case "boolean":
      case "bool":
        return readBoolean(rest);
      case "list":
        return this.#values(rest);
      case "tuple":
        return new Tuple(this.#values(rest));
      case "dictionary":
        return this.#dictionary(rest);
      case "set":
      case "frozenset":
        return new JellySet(this.#values(rest), tag === "frozenset");
      case "reference":
        return this.#reference(rest);
      case "dereference":
        return this.#dereference(rest);
      case "remote":
        return this.#remote(readLuid(tag, rest));
      case "local":
        return new Local(readLuid(tag, rest));
      case FAILURE_CLASS:
        return failureFromState(this.value(only(tag, rest)));
      case "datetime":
      case "date":
      case "time":
      case "timedelta":
      case "decimal":
        return new Opaque(tag, rest);
      case "unpersistable":
        return new Unpersistable(readText(tag, rest));
      case "persistent":
        return new Unpersistable("Persistent callback not found");
      default:
        throw wireErrors.jellyRefused(refusal(tag));
    }
  }

  #remote(luid: number): Remote {
    const remote = new Remote(luid);
    this.#remotes.push(remote);
    return remote;
  }

  #values(elements: readonly Element[]): JellyValue[] {
    return elements.map((element) => this.value(element));
  }

  #dictionary(entries: readonly Element[]): JellyDictionary {
    const dictionary = new Map<JellyValue, JellyValue>();
    for (const entry of entries) {
      const [keyElement, valueElement] = isList(entry) && entry.length === 2 ? entry : [];
      if (keyElement === undefined || valueElement === undefined) {
        throw wireErrors.jellyRefused(`a dictionary entry must be a key and a value, got ${describe(entry)}`);
      }
      const key = this.value(keyElement);
      if (Array.isArray(key) || key instanceof Map)
        throw wireErrors.jellyRefused("unhashable type: a list or dictionary");
      dictionary.set(key, this.value(valueElement));
    }
    return dictionary;
  }

  #reference(rest: readonly Element[]): JellyValue {
    const [id, form] = rest;
    if (typeof id !== "number" || form === undefined || rest.length !== 2) {
      throw wireErrors.jellyRefused("a reference must have a number and a value");
    }
    if (this.#shared.has(id)) throw wireErrors.jellyRefused("Multiple references with same ID!");
    this.#shared.set(id, undefined);
    const before = this.#size;
    const value = this.value(form);
    this.#shared.set(id, { value, size: this.#size - before });
    return value;
  }

  #dereference(rest: readonly Element[]): JellyValue {
    const id = only("dereference", rest);
    const shared = typeof id === "number" ? this.#shared.get(id) : undefined;
    // Twisted writes a dereference inside its own reference only for cyclic data, which no master sends and our code
    // could not traverse.
    if (shared === undefined) throw wireErrors.jellyRefused(`dereference ${describe(id)} of no complete value`);
    this.#grow(shared.size);
    return shared.value;
  }

  #grow(count: number): void {
    this.#size += count;
    if (this.#size > VALUES_LIMIT) throw wireErrors.jellyRefused(`more than ${VALUES_LIMIT} values in one message`);
  }
}

function readText(tag: string, rest: readonly Element[]): string {
  const bytes = only(tag, rest);
  if (!(bytes instanceof Uint8Array)) throw wireErrors.jellyRefused(`${tag} must hold bytes, got ${describe(bytes)}`);
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw wireErrors.jellyRefused.from(error, "'utf-8' codec can't decode the text");
  }
}

function readBoolean(rest: readonly Element[]): boolean {
  const word = only("boolean", rest);
  const text = word instanceof Uint8Array ? Buffer.from(word).toString("latin1") : "";
  if (text !== "true" && text !== "false")
    throw wireErrors.jellyRefused(`a boolean must be true or false, got ${describe(word)}`);
  return text === "true";
}

function readLuid(tag: string, rest: readonly Element[]): number {
  const luid = only(tag, rest);
  if (typeof luid !== "number") throw wireErrors.jellyRefused(`${tag} must hold an object id, got ${describe(luid)}`);
  return luid;
}

function only(tag: string, rest: readonly Element[]): Element {
  const [element] = rest;
  if (element === undefined || rest.length !== 1)
    throw wireErrors.jellyRefused(`${tag} must hold one item, got ${rest.length}`);
  return element;
}

function refusal(tag: string): string {
  const dot = tag.lastIndexOf(".");
  return dot > 0 ? `Module ${tag.slice(0, dot)} not allowed (in type ${tag}).` : `b'${tag}'`;
}

function describe(element: Element | undefined): string {
  if (element === undefined) return "nothing";
  if (isList(element)) return "a list";
  if (element instanceof Uint8Array) return `${element.length} bytes`;
  if (element instanceof Float) return `the float ${element.value}`;
  return String(element);
}
