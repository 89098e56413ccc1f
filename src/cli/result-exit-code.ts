// The exit codes of commands that run a build. Pure.
import { numberOfResult, type Result } from "../master/index.ts";

/** 0 for a build that did not fail; otherwise Buildbot's number of the result. */
export function exitCodeOfResult(result: Result): number {
  return result === "SUCCESS" || result === "WARNINGS" || result === "SKIPPED" ? 0 : numberOfResult(result);
}
