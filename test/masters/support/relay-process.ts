// `buildhand relay start` as a process beside a real master, behind a network that a test cuts.
import { join } from "node:path";
import { poll } from "../../support/poll.ts";
import { Relay as Network } from "../../support/relay.ts";
import { type ChildProgram, runProgram, startProgram } from "./child-program.ts";
import { freePorts } from "./free-ports.ts";
import type { Protocol, TestMaster } from "./test-master.ts";
import { programs } from "./worker-process.ts";

export interface RelayProcess extends ChildProgram {
  readonly network: Network;
  readonly port: number;
  /** For workers. */
  readonly keyPath: string;
  /** Lines for the buildbot.tac of a worker that goes through it. */
  readonly tacLines: readonly string[];
}

let relaysMade = 0;

/** Listens with TLS; it ends with the master at the latest. */
export async function startRelay(
  master: TestMaster,
  protocol: Protocol,
  { graceSeconds = 60 } = {},
): Promise<RelayProcess> {
  relaysMade += 1;
  const directory = join(master.root, `relay-${relaysMade}`);
  const [port = 0] = await freePorts(1);
  const masterOption = `--master=127.0.0.1:${master.ports[protocol]}`;
  const options = [`--listen=0.0.0.0:${port}`, masterOption, `--grace=${graceSeconds}`];
  await runProgram([...programs.buildhand, "relay", "create", ...options, directory], master.root);
  const program = startProgram([...programs.buildhand, "relay", "start", "--nodaemon", directory], master.root);
  await poll("the relay", () => program.output().includes("the relay is ready"));
  const network = await Network.listen({ port });
  master.endAlso(async () => {
    await network.close();
    await program.stop();
  });
  const keyPath = join(directory, "worker.key");
  const tacLines = [`relay = '127.0.0.1:${network.port}'`, `relay_key = '${keyPath}'`];
  return { ...program, network, port, keyPath, tacLines };
}
