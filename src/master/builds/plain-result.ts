// The result of a command that knows success and failure only. Pure.
import type { Result } from "../results.ts";

export function plainResult(rc: number): Result {
  return rc === 0 ? "SUCCESS" : "FAILURE";
}
