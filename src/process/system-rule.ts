// Tells what the system forbids, now and later, from what it could not do this time. Knows nothing of what was asked for.
import { errorCode } from "../base/error-code.ts";

const RULES: ReadonlySet<string | undefined> = new Set(["EACCES", "EPERM", "EROFS", "EOPNOTSUPP"]);

/** Whether to try again is in vain; a full disk, say, or too many open files are over some time. */
export function isRuleOfSystem(error: unknown): boolean {
  return RULES.has(errorCode(error));
}
