// Reports the end of a program to the master, and why it was killed, with texts and codes that Buildbot's users know
// (buildbot-pb.md §7.2). Knows no processes.
import type { FailureReason } from "../../base/command-update.ts";
import { systemRules } from "../../base/system-rules.ts";
import type { CommandOutput } from "../../output/index.ts";
import type { KillReason, RunOutcome } from "../../process/run/index.ts";
import { namesOf } from "../../process/tree/index.ts";
import type { CommandRules } from "../command.ts";
import type { LineCount } from "./line-count.ts";
import type { Program } from "./program.ts";

/** The rc of a killed program. */
export const KILLED_RC = -1;
/** The rc of a program that could not be executed. */
const NOT_EXECUTED_RC = 1;

/** The master's names for the reasons of a kill; for an interrupt, it knows the reason itself. */
export const failureReasons: Readonly<Record<KillReason, FailureReason | undefined>> = {
  "idle-timeout": "timeout_without_output",
  "max-time": "timeout",
  "output-limit": "max_lines_failure",
  interrupted: undefined,
};

/** Why a program is being killed, without a newline. */
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

/** Reports an interrupt before there was a process, and returns the rc. */
export function reportNotRun({ reportsRc }: Program, output: CommandOutput): number {
  output.header("\ncommand interrupted before it was started\n");
  if (reportsRc) output.value({ key: "rc", rc: KILLED_RC });
  return KILLED_RC;
}

/** Reports how a program ended, with its rc last; `verdict` says why, in one line, if known. */
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

/** Whether to explain the end: a failure that was not caused by us. */
export function needsVerdict(outcome: RunOutcome): boolean {
  if (outcome.killedFor !== undefined || outcome.type === "survived") return false;
  return outcome.type !== "exited" || outcome.code !== 0;
}

/** KILLED_RC for any signal, and the system's code for a child that exited with 0 after it was signalled. */
export function exitStatus(outcome: RunOutcome): number {
  if (outcome.type === "start-failed") return NOT_EXECUTED_RC;
  if (outcome.type !== "exited") return KILLED_RC;
  return outcome.killedFor !== undefined && outcome.code === 0 ? systemRules.killedCode : outcome.code;
}

/** For the worker's log, with the text of Buildbot's worker. */
export function endText(outcome: RunOutcome): string {
  const signal = outcome.type === "signaled" ? outcome.signalNumber : "None";
  const code = outcome.type === "signaled" ? "None" : exitStatus(outcome);
  return `command finished with signal ${signal}, exit code ${code}`;
}

/** Whether leftover processes are kept; otherwise they should have been killed. */
export function keepsLeftovers({ killedFor }: RunOutcome, rule: CommandRules["leftovers"]): boolean {
  return killedFor === undefined && rule === "keep";
}

/** Lines about leftover processes, without newlines; usually none. */
export function leftBehindLines(outcome: RunOutcome, rule: CommandRules["leftovers"]): readonly string[] {
  const { leftRunning, leftKilled, outputHeldBy, unseen } = outcome;
  const holders = outputHeldBy && (namesOf(outputHeldBy) || "an unknown process");
  const left = keepsLeftovers(outcome, rule) ? "left running" : "could not be killed";
  return [
    holders && `no longer waiting for its output, which is held open by ${holders}`,
    leftKilled && `killed leftover processes: ${namesOf(leftKilled)}`,
    leftRunning && `${left}: ${namesOf(leftRunning)}`,
    unseen,
  ].filter((line) => line !== undefined);
}
