// Twisted's client endpoint strings: the types and their arguments.

import { certificateName, type Endpoint, type TcpEndpoint, type TlsTerms, type UnixEndpoint } from "./endpoint.ts";
import { EndpointFields, type EndpointPlace } from "./endpoint-fields.ts";
import { type EndpointWords, endpointWords } from "./endpoint-words.ts";
import { transportErrors } from "./errors.ts";

const TCP_NAMES = ["host", "port", "timeout", "bindAddress"];
const SSL_NAMES = [...TCP_NAMES, "certKey", "privateKey", "caCertsDir", "hostname"];
/** In positional order. */
const TLS_NAMES = [
  "host",
  "port",
  "timeout",
  "bindAddress",
  "certificate",
  "privateKey",
  "trustRoots",
  "endpoint",
] as const;
const UNIX_NAMES = ["path", "timeout", "lockfile"];

/** Throws ERR_ENDPOINT, which never repeats the value of an argument. */
export function readEndpoint(text: string, place: EndpointPlace): Endpoint {
  return endpointOf(wordsOf(text, place), place);
}

/** The fields of an endpoint string; throws ERR_ENDPOINT. */
export function wordsOf(text: string, place: EndpointPlace): EndpointWords {
  const words = endpointWords(text);
  if (words === undefined) throw transportErrors.endpoint(place.where, "the backslash at the end escapes nothing");
  return words;
}

/** The endpoint that the fields describe; throws ERR_ENDPOINT. */
export function endpointOf(words: EndpointWords, place: EndpointPlace): Endpoint {
  const { positional, shownType, shownKeys } = words;
  const type = types.get(positional[0]?.toLowerCase() ?? "");
  if (type === undefined) {
    throw transportErrors.endpoint(place.where, `Unknown endpoint type: ${shownType}; expected tcp, tls, ssl or unix`);
  }
  return type.make(new EndpointFields(type.fields(words, place), { known: type.known, shownKeys, place }), place);
}

interface EndpointType {
  readonly known: readonly string[];
  /** All arguments by their names. */
  readonly fields: (words: EndpointWords, place: EndpointPlace) => Map<string, string>;
  readonly make: (fields: EndpointFields, place: EndpointPlace) => Endpoint;
}

const types: ReadonlyMap<string, EndpointType> = new Map([
  ["tcp", { known: TCP_NAMES, fields: hostAndPortFields, make: tcpEndpoint }],
  ["ssl", { known: SSL_NAMES, fields: hostAndPortFields, make: sslEndpoint }],
  ["tls", { known: TLS_NAMES, fields: tlsFields, make: tlsEndpoint }],
  ["unix", { known: UNIX_NAMES, fields: pathFields, make: unixEndpoint }],
]);

function tcpEndpoint(fields: EndpointFields): TcpEndpoint {
  return {
    kind: "tcp",
    host: fields.host("host"),
    port: fields.port(),
    timeoutMs: fields.timeoutMs(),
    bindAddress: fields.ipAddress("bindAddress"),
  };
}

/** Verifies nothing unless the string says what. */
function sslEndpoint(fields: EndpointFields): Endpoint {
  const under = tcpEndpoint(fields);
  const directory = fields.path("caCertsDir");
  const hostname = fields.isGiven("hostname") ? fields.host("hostname") : undefined;
  const chain = directory === undefined ? (hostname === undefined ? "any" : "system") : { directory };
  const terms: TlsTerms = {
    chain,
    name: certificateName(hostname ?? under.host),
    checksName: hostname !== undefined,
    certificate: clientCertificate(fields, "certKey"),
  };
  return { kind: "tls", under, timeoutMs: under.timeoutMs, terms };
}

/** Verifies chain and name. With `endpoint`, it connects there but verifies the name in `host`. */
function tlsEndpoint(fields: EndpointFields, place: EndpointPlace): Endpoint {
  const named = tcpEndpoint(fields);
  const elsewhere = fields.isGiven("endpoint") ? fields.requiredText("endpoint") : undefined;
  const directory = fields.path("trustRoots");
  const terms: TlsTerms = {
    chain: directory === undefined ? "system" : { directory },
    name: certificateName(named.host),
    checksName: true,
    certificate: clientCertificate(fields, "certificate"),
  };
  const under =
    elsewhere === undefined ? named : readEndpoint(elsewhere, { ...place, where: `${place.where}: endpoint` });
  return { kind: "tls", under, timeoutMs: named.timeoutMs, terms };
}

/** A key without a certificate is ignored. */
function clientCertificate(fields: EndpointFields, name: string): TlsTerms["certificate"] {
  const path = fields.path(name);
  return path === undefined ? undefined : { path, keyPath: fields.path("privateKey") ?? path };
}

function unixEndpoint(fields: EndpointFields): UnixEndpoint {
  fields.requiredText("path");
  return {
    kind: "unix",
    path: fields.path("path") ?? "",
    timeoutMs: fields.timeoutMs(),
    lockfile: fields.flag("lockfile"),
  };
}

/** Two positional fields are host and port, whatever the keywords; one is the port if the host is a keyword. */
function hostAndPortFields({ positional, keywords }: EndpointWords, place: EndpointPlace): Map<string, string> {
  const [, ...words] = positional;
  const names = words.length === 1 && keywords.has("host") ? ["port"] : ["host", "port"];
  return named(words, { names, keywords, place });
}

function pathFields({ positional: [, ...words], keywords }: EndpointWords, place: EndpointPlace): Map<string, string> {
  return named(words, { names: ["path"], keywords, place });
}

/** A field is given by name or by position, not both. */
function tlsFields({ positional: [, ...words], keywords }: EndpointWords, place: EndpointPlace): Map<string, string> {
  const twice = TLS_NAMES.slice(0, words.length).find((name) => keywords.has(name));
  if (twice !== undefined)
    throw transportErrors.endpoint(place.where, `${twice} is given twice, by name and by position`);
  return named(words, { names: TLS_NAMES, keywords, place });
}

interface Naming {
  readonly names: readonly string[];
  readonly keywords: ReadonlyMap<string, string>;
  readonly place: EndpointPlace;
}

/** The keywords, and the positional words by these names. */
function named(words: readonly string[], { names, keywords, place }: Naming): Map<string, string> {
  if (words.length > names.length) {
    throw transportErrors.endpoint(
      place.where,
      `expected at most ${names.length} fields without a name (${names.join(", ")}), got ${words.length}; a colon in a value is written as \\:`,
    );
  }
  return new Map([...keywords, ...words.map((word, index): [string, string] => [names[index] ?? "", word])]);
}
