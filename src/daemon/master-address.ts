// Reads the master's address, proxy and TLS settings from a buildbot.tac and Buildhand's own options. Errors are reported
// before the worker starts.
import { dirname, join, resolve } from "node:path";
import { systemClock } from "../base/clock.ts";
import type { OwnOptions, TacSettings, TacWorker } from "../config/index.ts";
import { configErrors } from "../config/index.ts";
import {
  asciiHost,
  checkTls,
  DEFAULT_TIMEOUT_MS,
  type Endpoint,
  type EndpointPlace,
  type HttpProxy,
  isLocal,
  loadRelay,
  type MasterTarget,
  NO_DEMANDS,
  pinnedTls,
  proxyFromEnvironment,
  type RelayRoute,
  readEndpoint,
  readProxy,
  readRelayAddress,
  readRelayKey,
  shownEndpoint,
  type TcpEndpoint,
  type TlsPolicy,
  transportErrors,
  verifiedTls,
} from "../transport/index.ts";
import type { Protocol } from "../worker/index.ts";

/** The proxy_connection_string that selects the variables of the environment. */
const PROXY_OF_ENVIRONMENT = "env";

/**
 * Throws ERR_ENDPOINT or ERR_TLS_FILE with the setting and `tacPath`. Relative paths are resolved against the directory of
 * that file.
 */
export async function masterTarget({ settings, options, tacPath }: TacWorker): Promise<MasterTarget> {
  const directory = resolve(dirname(tacPath));
  const placeOf = (setting: string) => ({ where: `${tacPath}: ${setting}`, directory });
  const { endpoint, proxy } = routeTo(settings, placeOf);
  const tls = { ...policyOf(options, directory), requested: settings.useTls };
  rejectUnusedDemands(endpoint, tls, tacPath);
  rejectTwoAuthorities(endpoint, tls, tacPath);
  const relay = relayOf(settings, options, tacPath);
  try {
    if (relay !== undefined) await loadRelay();
    await checkCertificates([
      [relay?.endpoint, NO_DEMANDS],
      [endpoint, tls],
      [proxy?.endpoint, NO_DEMANDS],
    ]);
  } catch (error) {
    // The error has only the certificate's path.
    throw transportErrors.tlsFile.is(error) ? transportErrors.tlsFile.from(error, tacPath, error.message) : error;
  }
  return { endpoint, proxy, tls, relay, shown: shownEndpoint(endpoint) };
}

/** Throws ERR_ENDPOINT or ERR_RELAY_FILE. */
function relayOf(
  { basedir, workerName }: TacSettings,
  { relay, relay_key, relay_backlog }: OwnOptions,
  tacPath: string,
): RelayRoute | undefined {
  if (relay === "" && relay_key === "") return undefined;
  if (relay === "" || relay_key === "") {
    throw transportErrors
      .endpoint(tacPath, "relay and relay_key belong together, but only one of them is set")
      .withTrouble("options-contradict");
  }
  const { key, pin } = readRelayKey(resolve(dirname(tacPath), relay_key));
  const under = readRelayAddress(relay, `${tacPath}: relay`);
  if (pin === undefined && !isLocal(under)) {
    throw transportErrors.relayFile(relay_key, `is for a relay without TLS, which must not be used over the network`);
  }
  return {
    endpoint: pin === undefined || under.kind === "unix" ? under : pinnedTls(under),
    shown: shownEndpoint(under),
    key,
    pin,
    instancePath: join(basedir, "relay.instance"),
    label: workerName,
    backlogBytes: relay_backlog,
  };
}

/** The log line about the proxy; undefined if none is configured. */
export function proxyText({ proxyConnectionString }: TacSettings, { proxy, shown }: MasterTarget): string | undefined {
  if (proxy !== undefined) return `Using HTTP tunnel to connect through proxy ${shownEndpoint(proxy.endpoint)}`;
  if (proxyConnectionString !== PROXY_OF_ENVIRONMENT) return undefined;
  return `no proxy for ${shown} in the environment: connecting without one`;
}

/** Throws ERR_TAC_SETTING for a name that cannot be sent over MessagePack. */
export function masterProtocol({ settings, options, tacPath }: TacWorker): Protocol {
  const { protocol, path, workerName } = settings;
  if (protocol === "pb") return { name: "pb" };
  if (workerName.includes(":")) {
    throw configErrors.tacSetting(
      `${tacPath}: workername contains ':', which MessagePack cannot send; expected a name without it, or protocol = 'pb'`,
    );
  }
  return { name: "msgpack", path: path ?? "/", deflate: options.msgpack_deflate, logsMessages: options.msgpack_log };
}

/** A connection string contains everything; otherwise there are a host, a port, and optionally a proxy. */
function routeTo(
  settings: TacSettings,
  placeOf: (setting: string) => EndpointPlace,
): Pick<MasterTarget, "endpoint" | "proxy"> {
  const { connectionString } = settings;
  if (connectionString !== null) {
    return { endpoint: readEndpoint(connectionString, placeOf("connection_string")), proxy: undefined };
  }
  const host = hostEndpoint(settings, placeOf("buildmaster_host"));
  return {
    endpoint: settings.useTls ? verifiedTls(host) : host,
    proxy: proxyFor(host, settings, placeOf("proxy_connection_string")),
  };
}

function hostEndpoint({ buildmasterHost, port }: TacSettings, place: EndpointPlace): TcpEndpoint {
  const host = asciiHost(buildmasterHost ?? "");
  if (host === undefined) throw transportErrors.endpoint(place.where, "expected the name or the IP address of a host");
  return { kind: "tcp", host, port: port ?? 0, timeoutMs: DEFAULT_TIMEOUT_MS, bindAddress: undefined };
}

function proxyFor(
  to: TcpEndpoint,
  { proxyConnectionString }: TacSettings,
  place: EndpointPlace,
): HttpProxy | undefined {
  if (proxyConnectionString === null) return undefined;
  if (proxyConnectionString === PROXY_OF_ENVIRONMENT) return proxyFromEnvironment(process.env, to);
  return readProxy(proxyConnectionString, place);
}

function policyOf({ tls_verify, tls_ca_file, tls_pin }: OwnOptions, directory: string): Omit<TlsPolicy, "requested"> {
  return {
    verify: tls_verify,
    caFile: tls_ca_file === "" ? undefined : resolve(directory, tls_ca_file),
    pin: tls_pin === "" ? undefined : tls_pin.replaceAll(":", "").toLowerCase(),
  };
}

/** Certificate options must not be ignored silently on a connection without TLS. */
function rejectUnusedDemands(endpoint: Endpoint, { verify, caFile, pin }: TlsPolicy, tacPath: string): void {
  if (endpoint.kind === "tls") return;
  const name = verify ? "tls_verify" : caFile !== undefined ? "tls_ca_file" : pin !== undefined ? "tls_pin" : undefined;
  if (name === undefined) return;
  throw transportErrors
    .endpoint(tacPath, `${name} is set, but the connection does not use TLS; use --use-tls or a tls: endpoint`)
    .withTrouble("options-contradict");
}

/** Of two settings of authorities, one would be ignored. */
function rejectTwoAuthorities(endpoint: Endpoint, { caFile }: TlsPolicy, tacPath: string): void {
  if (caFile === undefined || endpoint.kind !== "tls" || typeof endpoint.terms.chain === "string") return;
  throw transportErrors
    .endpoint(
      tacPath,
      "tls_ca_file is set, and the connection string has a directory of authorities too (trustRoots or caCertsDir); expected one of them",
    )
    .withTrouble("options-contradict");
}

async function checkCertificates(endpoints: readonly (readonly [Endpoint | undefined, TlsPolicy])[]): Promise<void> {
  for (const [outer, policy] of endpoints) {
    for (let endpoint = outer, demands = policy; endpoint?.kind === "tls"; endpoint = endpoint.under) {
      await checkTls(endpoint, demands, systemClock.date());
      demands = NO_DEMANDS;
    }
  }
}
