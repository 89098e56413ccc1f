// Chooses the HTTP proxy: from an endpoint string with credentials, or from the usual environment variables. Errors
// show neither user nor password.
import { BlockList, isIP } from "node:net";
import { DEFAULT_TIMEOUT_MS, type Endpoint, type TcpEndpoint, verifiedTls } from "./endpoint.ts";
import { asciiHost, type EndpointPlace } from "./endpoint-fields.ts";
import { endpointOf, wordsOf } from "./endpoint-string.ts";
import { transportErrors } from "./errors.ts";

export interface HttpProxy {
  readonly endpoint: Endpoint;
  /** Value of the Proxy-Authorization header. A secret. */
  readonly authorization: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** As in other programs: a tunnel uses the variable for https, then the one for everything; lower case first. */
const VARIABLES = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
const EXCEPTIONS = ["no_proxy", "NO_PROXY"];

/** A client endpoint string that may have the keywords `user` and `password` besides its own; throws ERR_ENDPOINT. */
export function readProxy(text: string, place: EndpointPlace): HttpProxy {
  const words = wordsOf(text, place);
  const { keywords } = words;
  const others = new Map([...keywords].filter(([key]) => key !== "user" && key !== "password"));
  const endpoint = endpointOf({ ...words, keywords: others }, place);
  return { endpoint, authorization: basic(keywords.get("user"), keywords.get("password"), place.where) };
}

/** The proxy that the environment sets for `target`; undefined when there is none or the target is excluded. */
export function proxyFromEnvironment(environment: Environment, target: TcpEndpoint): HttpProxy | undefined {
  const name = VARIABLES.find((variable) => environment[variable]);
  const exceptions = environment[EXCEPTIONS.find((variable) => environment[variable]) ?? ""] ?? "";
  if (name === undefined || isExcepted(target, exceptions)) return undefined;
  return proxyOfUrl(environment[name] ?? "", name);
}

/** `http://user:password@host:port`, `https://…` for TLS to the proxy, or no scheme. */
function proxyOfUrl(text: string, variable: string): HttpProxy {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== "http" && scheme !== "https") {
    throw transportErrors.endpoint(variable, `expected an http:// or https:// proxy, got ${scheme}://`);
  }
  const address = scheme === undefined ? `http://${text}` : text;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const host = asciiHost(url?.hostname.replaceAll(/^\[|\]$/g, "") ?? "");
  if (url === undefined || host === undefined) throw transportErrors.endpoint(variable, "expected http://HOST:PORT");
  const isTls = url.protocol === "https:";
  const port = url.port === "" ? (isTls ? 443 : 80) : Number(url.port);
  const under: TcpEndpoint = { kind: "tcp", host, port, timeoutMs: DEFAULT_TIMEOUT_MS, bindAddress: undefined };
  const hasUser = url.username !== "" || url.password !== "";
  const [user, password] = hasUser ? [unescaped(url.username), unescaped(url.password)] : [];
  return {
    endpoint: isTls ? verifiedTls(under) : under,
    authorization: basic(user, password, variable),
  };
}

function basic(user: string | undefined, password: string | undefined, where: string): string | undefined {
  if (user === undefined && password === undefined) return undefined;
  if (user === undefined || user.includes(":")) {
    throw transportErrors.endpoint(where, "the proxy's password needs a user name without a colon");
  }
  return `Basic ${Buffer.from(`${user}:${password ?? ""}`).toString("base64")}`;
}

/** Leaves the text as it is if a percent sign begins no escape. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Whether a list such as `localhost,.example.com,10.0.0.0/8,host:9989` includes the target: domains with their
 * subdomains, IP addresses and blocks, `*` for everything.
 */
export function isExcepted({ host, port }: { readonly host: string; readonly port: number }, list: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== "")
    .some((entry) => matches(entry, name, port));
}

function matches(entry: string, host: string, port: number): boolean {
  if (entry === "*") return true;
  const [, bracketed, plain, wantedPort] =
    /^(?:\[(.*)\]|(.*?))(?::(\d+))?$/.exec(isIP(entry) === 6 ? `[${entry}]` : entry) ?? [];
  if (wantedPort !== undefined && Number(wantedPort) !== port) return false;
  const place = bracketed ?? plain ?? "";
  if (isIP(host) !== 0) return isInBlock(host, place);
  const domain = place.replace(/^\*?\./, "");
  return domain !== "" && (host === domain || host.endsWith(`.${domain}`));
}

function isInBlock(address: string, place: string): boolean {
  const [network = "", prefix] = place.split("/");
  const family = isIP(network);
  if (family === 0 || isIP(address) !== family) return false;
  const type = family === 4 ? "ipv4" : "ipv6";
  const most = family === 4 ? 32 : 128;
  const bits = prefix === undefined ? most : Number(prefix);
  if (!Number.isInteger(bits) || bits < 0 || bits > most) return false;
  const block = new BlockList();
  block.addSubnet(network, bits, type);
  return block.check(address, type);
}
