// buildhand relay status: shows the sessions of a running relay.
import { durationText } from "../../base/duration.ts";
import { askStatus, EXIT_NOT_RUNNING, EXIT_STATUS_UNKNOWN, type RelayStatus } from "../../daemon/index.ts";
import type { ServerCommand } from "../server-command.ts";

export async function relayStatus({ directory, flags }: ServerCommand): Promise<number> {
  const answer = await askStatus(directory);
  if (answer.state === "nobody") {
    console.log(`${directory}: no relay is running`);
    return EXIT_NOT_RUNNING;
  }
  if (answer.state === "unknown") {
    console.log(`${directory}: ${answer.reason}`);
    return EXIT_STATUS_UNKNOWN;
  }
  const status = answer.status as unknown as RelayStatus;
  console.log(flags.has("json") ? JSON.stringify(status) : statusLines(status).join("\n"));
  return 0;
}

function statusLines({ pid, version, listen, master, session_count, sessions }: RelayStatus): readonly string[] {
  const count = `${session_count} ${session_count === 1 ? "worker" : "workers"}`;
  return [
    `process ${pid}, version ${version}, on ${listen}, for the master at ${master}: ${count}`,
    ...sessions.map(({ worker, state, down_seconds, waiting_bytes }) => {
      const down = state === "waiting" ? ` for ${durationText(down_seconds * 1000)}, ${waiting_bytes} bytes wait` : "";
      return `  ${worker}: ${state}${down}`;
    }),
  ];
}
