// A connection to the master that leads through a relay, as its users see it. Loads nothing of the relay's code.
import type { Endpoint } from "./endpoint.ts";

export interface RelayRoute {
  /** With TLS, except on loopback addresses and Unix sockets. */
  readonly endpoint: Endpoint;
  /** `host:port`, or the path of a socket. */
  readonly shown: string;
  /** Shared by the relay and its workers. */
  readonly key: Buffer;
  /** SHA-256 of the relay's certificate: 64 lower-case hexadecimal digits. */
  readonly pin: string | undefined;
  /** File with the random bytes by which a restarted worker replaces its own session; undefined: it replaces none. */
  readonly instancePath: string | undefined;
  /** For the log and the status of the relay. */
  readonly label: string;
  /** What a worker may keep in addition while the line is down. */
  readonly backlogBytes: number;
}

export interface RelayedReport {
  readonly relay: string;
  readonly connected: boolean;
  /** How long the line has been down; 0 when it is up. */
  readonly down_seconds: number;
  /** Bytes that the relay has not acknowledged. */
  readonly waiting_bytes: number;
  readonly resumed: number;
}

export interface Relayed {
  /** The worker is attached: from now on the connection outlives a lost line. */
  markReady(): void;
  /** Called when the line is lost or back. One listener. */
  onLine(listener: () => void): void;
  /** Backlog that is allowed in addition now. */
  readonly extraBacklogBytes: number;
  /** Time during which neither the line was down nor sent bytes were acknowledged. */
  readonly stalledMs: number;
  report(): RelayedReport;
  /** Resolves when the relay knows that the connection is closed, or cannot be reached. */
  readonly closed: Promise<void>;
}
