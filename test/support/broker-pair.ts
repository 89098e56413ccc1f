// Two brokers joined without sockets, for tests of the session layer.
import { Broker, type BrokerOptions } from "../../src/session/pb/broker.ts";
import type { RemoteMethod, RemoteObject } from "../../src/session/pb/remote-object.ts";

type End = Partial<Omit<BrokerOptions, "role" | "send">>;

export interface BrokerPair {
  readonly client: Broker;
  readonly server: Broker;
  /** Carries all messages that wait in either direction. */
  pump(): void;
}

export function brokerPair(client: End = {}, server: End = {}): BrokerPair {
  const toServer: Uint8Array[] = [];
  const toClient: Uint8Array[] = [];
  const pair = {
    server: new Broker({ ...server, role: "server", send: (chunks) => void toClient.push(...chunks) }),
    client: new Broker({ ...client, role: "client", send: (chunks) => void toServer.push(...chunks) }),
    pump() {
      while (toServer.length + toClient.length > 0) {
        for (const chunk of toClient.splice(0)) pair.client.receive(chunk);
        for (const chunk of toServer.splice(0)) pair.server.receive(chunk);
      }
    },
  };
  pair.pump();
  return pair;
}

export function remoteObject(methods: Record<string, RemoteMethod>): RemoteObject {
  return { methods: new Map(Object.entries(methods)) };
}

/** Lets promises settle and messages flow until nothing moves. */
export async function settle(pair: BrokerPair): Promise<void> {
  for (let round = 0; round < 10; round += 1) {
    pair.pump();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
