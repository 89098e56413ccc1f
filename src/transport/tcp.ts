// Opens a TCP connection: tries the addresses in turn within a deadline, and configures the socket.
import { connect, type Socket } from "node:net";
import { type AttemptEnd, walkAddresses } from "./address-walk.ts";
import { hostAndPort, type TcpEndpoint } from "./endpoint.ts";
import { type FoundAddress, type KnownNames, systemNames } from "./known-names.ts";
import { addressesOf } from "./name-lookup.ts";
import { type ConnectOptions, runStage, stageFailure } from "./stage.ts";
import { systemCause } from "./system-cause.ts";

/** Silence after which the system sends TCP keepalive probes. */
const TCP_KEEPALIVE_MS = 60_000;

/**
 * Resolves to a connected socket from which nothing was read; rejects with the error of its stage, also when aborted.
 */
export async function connectTcp(
  endpoint: TcpEndpoint,
  options: ConnectOptions,
  names: KnownNames = systemNames,
): Promise<Socket> {
  const { host, port, timeoutMs, bindAddress } = endpoint;
  const { clock } = options;
  const shown = hostAndPort(host, port);
  const { addresses: found, doubt } = await addressesOf(endpoint, options, names);
  const addresses = ofFamily(found, bindAddress);
  if (addresses.length === 0) {
    throw stageFailure("TCP", `cannot connect to ${shown} from ${bindAddress}: it has no address of that family`);
  }
  const failures: Error[] = [];
  const causes = () => failures.map(systemCause).join("; ");
  const doubtNote = doubt === undefined ? "" : `; the addresses are from an earlier lookup: ${doubt}`;
  const lateNote = () => `${failures.length === 0 ? "" : ` (before: ${causes()})`}${doubtNote}`;
  const plan = { stage: "TCP", timeoutMs, late: `no answer from ${shown}`, lateNote } as const;
  return runStage<Socket>(plan, options, ({ succeed: finish, fail }) => {
    const succeed = (socket: Socket) => {
      options.onFound?.(`connected to ${hostAndPort(socket.remoteAddress ?? host, port)}`);
      finish(socket);
    };
    const onFailure = (error: Error, wasLast: boolean) => {
      failures.push(error);
      if (wasLast) fail(`cannot connect to ${shown}: ${causes()}${doubtNote}`, error);
    };
    const attempt = (to: FoundAddress, end: AttemptEnd<Socket>) => untilConnected(socketTo(to, endpoint), end);
    const timeoutError = ({ address }: FoundAddress) => noAnswer(address, port);
    return walkAddresses({ addresses, clock, timeoutMs, attempt, timeoutError }, { succeed, onFailure });
  });
}

/** Watches a connecting socket; returns a function that stops watching, and destroys the socket if it failed. */
export function untilConnected(socket: Socket, { succeed, fail }: AttemptEnd<Socket>): (failed: boolean) => void {
  const onConnect = () => succeed(socket);
  socket.once("connect", onConnect).once("error", fail);
  return (failed) => {
    socket.off("connect", onConnect).off("error", fail);
    if (failed) socket.on("error", ignore).destroy();
  };
}

/** Listener for errors of an abandoned socket. */
export function ignore(): void {}

function ofFamily(addresses: readonly FoundAddress[], bindAddress: string | undefined): readonly FoundAddress[] {
  if (bindAddress === undefined) return addresses;
  return addresses.filter(({ family }) => family === (bindAddress.includes(":") ? 6 : 4));
}

function socketTo({ address, family }: FoundAddress, { port, bindAddress }: TcpEndpoint): Socket {
  return connect({
    host: address,
    family,
    port,
    ...(bindAddress === undefined ? {} : { localAddress: bindAddress }),
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: TCP_KEEPALIVE_MS,
  });
}

/** The same as the system's own timeout error. */
function noAnswer(address: string, port: number): Error {
  return Object.assign(new Error(`no answer from ${hostAndPort(address, port)}`), { code: "ETIMEDOUT", address, port });
}
