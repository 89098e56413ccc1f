// Connections that outlive their network: a relay beside the master holds the connection to it while the line to the
// worker breaks and returns. It carries bytes and does not read them.
export { createRelayCertificate } from "./relay-certificate.ts";
export { connectToRelay } from "./relay-client.ts";
export { listenAsRelay } from "./relay-listener.ts";
export { Relay, type RelayOptions, type RelayReport } from "./relay-server.ts";
export type { SessionReport } from "./relay-session.ts";
export type { SilenceLimits } from "./relay-stream.ts";
