// A relay of the installed program for measurements, on loopback.
import { join } from "node:path";
import type { Installation } from "../daemon/worker-program.ts";
import { freePorts } from "../masters/support/free-ports.ts";
import { poll } from "../support/poll.ts";

export interface MeasuredRelay {
  pid(): number;
  /** For workers. */
  readonly address: string;
  readonly keyPath: string;
  /** Kills it, and resolves when the next one is ready. */
  restart(): Promise<void>;
}

/** In front of a master on loopback; it has TLS unless `host` is a loopback address. It ends with the installation. */
export async function startRelayOf(
  installation: Installation,
  host: string,
  masterPort: number,
): Promise<MeasuredRelay> {
  const directory = installation.newPath();
  const [port = 0] = await freePorts(1);
  const options = [`--listen=${host}:${port}`, `--master=127.0.0.1:${masterPort}`];
  const created = installation.start(["relay", "create", ...options, directory]);
  const { code } = await created.ended;
  if (code !== 0) throw new Error(created.complained);
  const start = async () => {
    const program = installation.start(["relay", "start", "--nodaemon", directory]);
    await poll("the relay", () => program.printed.includes("the relay is ready"), {
      logs: () => ({ "the relay": program.printed + program.complained }),
    });
    return program;
  };
  let program = await start();
  return {
    pid: () => program.child.pid ?? 0,
    address: `127.0.0.1:${port}`,
    keyPath: join(directory, "worker.key"),
    async restart() {
      program.child.kill("SIGKILL");
      await program.ended;
      program = await start();
    },
  };
}
