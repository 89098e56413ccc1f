// A TCP connection: its addresses in turn within a deadline, and the settings of the socket.
import { connect, type LookupFunction, type Socket } from "node:net";
import { hostAndPort, type TcpEndpoint } from "./endpoint.ts";
import { addressesOf, type FoundAddress } from "./name-lookup.ts";
import { type ConnectOptions, runStage, stageFailure } from "./stage.ts";
import { systemCause } from "./system-cause.ts";

/** Each address of a name but the last has so long; Node's 250 ms are too short for the other side of the world. */
const ADDRESS_TIMEOUT_MS = 5000;
/** Silence after which the system asks the other host whether it is there. */
const TCP_KEEPALIVE_MS = 60_000;

/** Resolves to a connected socket that has read nothing; rejects with the error of its stage, also when aborted. */
export async function connectTcp(endpoint: TcpEndpoint, options: ConnectOptions): Promise<Socket> {
  const { host, port, timeoutMs, bindAddress } = endpoint;
  const shown = hostAndPort(host, port);
  const addresses = ofFamily(await addressesOf(endpoint, options), bindAddress);
  if (addresses.length === 0) {
    throw stageFailure("TCP", `cannot connect to ${shown} from ${bindAddress}: it has no address of that family`);
  }
  return runStage({ stage: "TCP", timeoutMs, late: `no answer from ${shown}` }, options, ({ succeed, fail }) => {
    const socket = connect({
      host,
      port,
      lookup: answering(addresses),
      ...(bindAddress === undefined ? {} : { localAddress: bindAddress }),
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: TCP_KEEPALIVE_MS,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS,
    });
    return untilConnected(socket, {
      succeed,
      fail: (error) => fail(`cannot connect to ${shown}: ${systemCause(error)}`, error),
    });
  });
}

export interface ConnectingEnd {
  readonly succeed: (socket: Socket) => void;
  readonly fail: (error: Error) => void;
}

/** Watches a socket that is being connected; returns what ends the watch, and destroys the socket if it failed. */
export function untilConnected(socket: Socket, { succeed, fail }: ConnectingEnd): (failed: boolean) => void {
  const onConnect = () => succeed(socket);
  socket.once("connect", onConnect).once("error", fail);
  return (failed) => {
    socket.off("connect", onConnect).off("error", fail);
    if (failed) socket.on("error", ignore).destroy();
  };
}

/** What a socket that was given up still has to say. */
export function ignore(): void {}

function ofFamily(addresses: readonly FoundAddress[], bindAddress: string | undefined): readonly FoundAddress[] {
  if (bindAddress === undefined) return addresses;
  return addresses.filter(({ family }) => family === (bindAddress.includes(":") ? 6 : 4));
}

/** Gives net.connect what was looked up before. */
function answering(addresses: readonly FoundAddress[]): LookupFunction {
  return (_host, { all }, callback) => {
    const [first] = addresses;
    if (all) callback(null, [...addresses]);
    else callback(null, first?.address ?? "", first?.family);
  };
}
