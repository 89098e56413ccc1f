// Connections, independent of what they carry: TCP, Unix sockets, TLS, proxies, WebSockets. `connectToMaster` opens
// one.
export { backoffDelayMs } from "./backoff.ts";
export { certificateWarning } from "./certificate-warning.ts";
export { checkTls, connectToMaster, loadRelay } from "./connect.ts";
export {
  certificateName,
  DEFAULT_TIMEOUT_MS,
  type Endpoint,
  hostAndPort,
  isLocal,
  pinnedTls,
  shownEndpoint,
  type TcpEndpoint,
  type TlsEndpoint,
  verifiedTls,
} from "./endpoint.ts";
export { asciiHost, type EndpointPlace } from "./endpoint-fields.ts";
export { readEndpoint } from "./endpoint-string.ts";
export { transportErrors } from "./errors.ts";
export { readGreeting } from "./greeting.ts";
export { type MasterTarget, NO_DEMANDS, type TlsPolicy } from "./master-target.ts";
export { Outbox } from "./outbox.ts";
export { readCertificates, readPem, readPrivateKey } from "./pem-files.ts";
export { type HttpProxy, proxyFromEnvironment, readProxy } from "./proxy.ts";
export { createRelayCertificate, listenAsRelay, Relay, type RelayReport } from "./relay/index.ts";
export { readRelayAddress } from "./relay-address.ts";
export { readRelayKey, relayKeyText } from "./relay-key.ts";
export type { Relayed, RelayedReport, RelayRoute } from "./relayed.ts";
export { printableBytes, SHOWN_BYTES } from "./shown-bytes.ts";
export type { ConnectOptions, ConnectStage } from "./stage.ts";
export { tlsReason } from "./tls-failure.ts";
export { unverified } from "./unverified.ts";
export { openWebSocket } from "./websocket.ts";
export type { WebSocketEnd, WebSocketEvents, WebSocketLink } from "./websocket-link.ts";
export { serveWebSockets } from "./websocket-server.ts";
