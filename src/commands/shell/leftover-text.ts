// What a master is told of processes that a program leaves when it is over. Knows no processes but by their names.

import type { RunOutcome } from "../../process/run/index.ts";
import { namesOf } from "../../process/tree/index.ts";
import type { CommandRules } from "../command.ts";

/** In lines without their ends; none for a program that leaves nobody, like most. */
export function leftBehindLines(outcome: RunOutcome, rule: CommandRules["leftovers"]): readonly string[] {
  const { killedFor, leftRunning, leftKilled, outputHeldBy } = outcome;
  const mayStay = killedFor === undefined && rule === "keep";
  return [
    ...(outputHeldBy === undefined
      ? []
      : [`its output is not waited for any longer, held open by ${who(outputHeldBy)}`]),
    ...(leftKilled === undefined ? [] : [`killed what it left running: ${namesOf(leftKilled)}`]),
    ...(leftRunning === undefined
      ? []
      : [`${mayStay ? "left running" : "cannot be killed, still running"}: ${namesOf(leftRunning)}`]),
  ];
}

function who(processes: Parameters<typeof namesOf>[0]): string {
  return processes.length === 0 ? "a process that cannot be seen" : namesOf(processes);
}
