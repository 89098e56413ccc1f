// buildhand master stop: stops the master of a directory. Running builds are rebuilt after the next start.
import { systemClock } from "../../base/clock.ts";
import { EXIT_USAGE, masterPidPlace, stopWorker } from "../../daemon/index.ts";
import type { MasterCommand } from "./command.ts";

export async function stopMaster({ directory, say }: MasterCommand): Promise<number> {
  const outcome = await stopWorker(masterPidPlace(directory), systemClock);
  switch (outcome.state) {
    case "not-running":
      say("no master is running there");
      return 0;
    case "dead":
      say(`master process ${outcome.pid} has ended`);
      return 0;
    case "alive":
      say(`master process ${outcome.pid} got SIGTERM, but has not ended yet`);
      return EXIT_USAGE;
    default:
      return outcome satisfies never;
  }
}
