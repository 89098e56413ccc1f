// Applies a buildbot.tac's settings of the process itself: environment, umask, niceness.
import { getPriority, setPriority } from "node:os";
import { systemReason } from "../base/system-error.ts";
import type { TacConfig } from "../config/index.ts";

const HIGHEST_PRIORITY = -20;
const LOWEST_PRIORITY = 19;

/**
 * Call it once, in the process that runs the workers, before it starts children or reads variables. Returns lines for the
 * log.
 */
export function applyEffects({ environment, umask, niceness, remarks }: TacConfig["effects"]): readonly string[] {
  for (const [name, value] of environment) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
  if (umask !== undefined) process.umask(umask);
  return niceness === 0 ? remarks : [...remarks, ...reniced(niceness)];
}

/** Only root may raise its priority. */
function reniced(niceness: number): readonly string[] {
  try {
    setPriority(Math.max(HIGHEST_PRIORITY, Math.min(LOWEST_PRIORITY, getPriority() + niceness)));
    return [];
  } catch (error) {
    return [`os.nice(${niceness}) has no effect: ${systemReason(error)}`];
  }
}
