// buildhand relay stop: stops the relay of a directory. The connections of its workers to the master end.
import { systemClock } from "../../base/clock.ts";
import { EXIT_USAGE, relayPidPlace, stopWorker } from "../../daemon/index.ts";
import type { RelayCommand } from "./command.ts";

export async function stopRelay({ directory, say }: RelayCommand): Promise<number> {
  const outcome = await stopWorker(relayPidPlace(directory), systemClock);
  const texts = {
    "not-running": () => "no relay is running there",
    dead: (pid: number) => `relay process ${pid} has ended`,
    alive: (pid: number) => `relay process ${pid} got SIGTERM, but has not ended yet`,
  };
  say(texts[outcome.state](outcome.state === "not-running" ? 0 : outcome.pid));
  return outcome.state === "alive" ? EXIT_USAGE : 0;
}
