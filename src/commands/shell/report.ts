// What the master is told about the end of a program, and why it was killed: texts and codes that Buildbot's users know
// (docs/protocol/buildbot-pb.md §7.2). Knows no processes.
import type { FailureReason } from "../../base/command-update.ts";
import type { CommandOutput } from "../../output/index.ts";
import type { KillReason, RunOutcome } from "../../process/run/index.ts";
import { namesOf } from "../../process/tree/index.ts";
import type { CommandRules } from "../command.ts";
import type { LineCount } from "./line-count.ts";
import type { Program } from "./program.ts";

/** The rc of what was killed. */
export const KILLED_RC = -1;
/** The rc of a program that could not be executed. */
const NOT_EXECUTED_RC = 1;

/** What a master calls the reason for which a command was killed; a master that interrupts knows its own. */
export const failureReasons: Readonly<Record<KillReason, FailureReason | undefined>> = {
  "idle-timeout": "timeout_without_output",
  "max-time": "timeout",
  "output-limit": "max_lines_failure",
  interrupted: undefined,
};

/** Why a program is being killed, without an end of line. */
export function killMessage(reason: KillReason, program: Program, lines: LineCount): string {
  const { shownArgv, timeout, maxTime, maxLines } = program;
  switch (reason) {
    case "idle-timeout":
      return `command timed out: ${timeout?.shown} seconds without output running ${shownArgv}`;
    case "max-time":
      return `command timed out: ${maxTime?.shown} seconds elapsed running ${shownArgv}`;
    case "output-limit":
      return `command exceeds max lines: ${lines.count}/${maxLines} written/allowed running ${shownArgv}`;
    case "interrupted":
      return "command interrupted";
    default:
      return reason satisfies never;
  }
}

/** Tells of an interrupt that came before there was a process, and returns the rc. */
export function reportNotRun({ reportsRc }: Program, output: CommandOutput): number {
  output.header("\ncommand interrupted before it was started\n");
  if (reportsRc) output.value({ key: "rc", rc: KILLED_RC });
  return KILLED_RC;
}

/** Tells how a program ended, its rc last; `verdict` says why, in one line, where that is known. */
export function reportEnd(
  outcome: RunOutcome,
  { reportsRc }: Program,
  { output, verdict }: { readonly output: CommandOutput; readonly verdict: string | undefined },
): void {
  if (outcome.type === "start-failed") output.error(`${outcome.error.message}\n`);
  if (outcome.type === "survived") {
    output.header(`${outcome.signal} failed to kill process\nusing fake rc=${KILLED_RC}\n`);
  }
  if (reportsRc && outcome.type === "signaled") output.header(`process killed by signal ${outcome.signalNumber}\n`);
  if (verdict !== undefined) output.header(`${verdict}\n`);
  if (reportsRc) output.value({ key: "rc", rc: exitStatus(outcome) });
}

/** Whether people may wonder why it ended so: a bad end, and not our doing. */
export function needsVerdict(outcome: RunOutcome): boolean {
  if (outcome.killedFor !== undefined || outcome.type === "survived") return false;
  return outcome.type !== "exited" || outcome.code !== 0;
}

/** KILLED_RC stands for a signal, ours or another, and for a child that went with 0 once it was to be killed. */
export function exitStatus(outcome: RunOutcome): number {
  if (outcome.type === "start-failed") return NOT_EXECUTED_RC;
  if (outcome.type !== "exited") return KILLED_RC;
  return outcome.killedFor !== undefined && outcome.code === 0 ? KILLED_RC : outcome.code;
}

/** For the worker's log, as Buildbot's worker words it. */
export function endText(outcome: RunOutcome): string {
  const signal = outcome.type === "signaled" ? outcome.signalNumber : "None";
  const code = outcome.type === "signaled" ? "None" : exitStatus(outcome);
  return `command finished with signal ${signal}, exit code ${code}`;
}

/** Whether what it left running may stay; otherwise it was to be killed. */
export function mayLeave({ killedFor }: RunOutcome, rule: CommandRules["leftovers"]): boolean {
  return killedFor === undefined && rule === "keep";
}

/** What it left running, in lines without their ends; none for a program that left nothing, like most. */
export function leftBehindLines(outcome: RunOutcome, rule: CommandRules["leftovers"]): readonly string[] {
  const { leftRunning, leftKilled, outputHeldBy } = outcome;
  const holders = outputHeldBy && (namesOf(outputHeldBy) || "a process that cannot be seen");
  const left = mayLeave(outcome, rule) ? "left running" : "cannot be killed, still running";
  return [
    holders && `its output is not waited for any longer, held open by ${holders}`,
    leftKilled && `killed what it left running: ${namesOf(leftKilled)}`,
    leftRunning && `${left}: ${namesOf(leftRunning)}`,
  ].filter((line) => line !== undefined);
}
