// The rules of the operating system for names, paths, variables, quoting and error numbers. Those of POSIX unless the
// program chose others, which it does before anything else runs. The only choice of this kind: see cli/windows.ts.
import { posixRules, type SystemRules } from "./posix-rules.ts";

export let systemRules: SystemRules = posixRules;

/** Call before anything that uses the rules. */
export function useSystemRules(rules: SystemRules): void {
  systemRules = rules;
}
