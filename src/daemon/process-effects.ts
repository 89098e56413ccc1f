// Makes this process what its buildbot.tac asks for, beside its workers: environment, umask, niceness.
import { getPriority, setPriority } from "node:os";
import { systemReason } from "../base/system-error.ts";
import type { TacConfig } from "../config/index.ts";

const HIGHEST_PRIORITY = -20;
const LOWEST_PRIORITY = 19;

/**
 * To be called once, in the process that runs the workers, before anything inherits from it or asks for a variable. Returns
 * lines for the log.
 */
export function applyEffects({ environment, umask, niceness, remarks }: TacConfig["effects"]): readonly string[] {
  for (const [name, value] of environment) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  if (umask !== undefined) process.umask(umask);
  return niceness === 0 ? remarks : [...remarks, ...reniced(niceness)];
}

/** Only root may have a higher priority than it was given. */
function reniced(niceness: number): readonly string[] {
  try {
    setPriority(Math.max(HIGHEST_PRIORITY, Math.min(LOWEST_PRIORITY, getPriority() + niceness)));
    return [];
  } catch (error) {
    return [`os.nice(${niceness}) has no effect: ${systemReason(error)}`];
  }
}
