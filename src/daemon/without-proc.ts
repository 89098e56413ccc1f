// What a worker cannot do on a system without /proc, in lines for its log. Loaded only there.
import { platformName } from "../base/platform.ts";
import type { OwnOptions } from "../config/index.ts";
import { canListByPs } from "../process/tree/index.ts";

export async function lostAbilities({ leftovers }: Pick<OwnOptions, "leftovers">): Promise<readonly string[]> {
  const isListed = await canListByPs();
  const missed = isListed
    ? "a process that left the process group of its command, unless its parent still runs or ps shows its environment"
    : "every process that left the process group of its command, since ps does not list processes";
  return [
    `this ${platformName} system has no /proc. Buildhand was not run on macOS or FreeBSD; the code for systems without /proc is tested on Linux`,
    `without /proc, a kill misses ${missed}`,
    ...(leftovers === "kill"
      ? [
          `without /proc, leftovers = 'kill' ${isListed ? "runs ps after each command, and" : ""} misses the same processes`,
        ]
      : []),
    "without /proc, commands whose worker and its supervisor were both killed continue to run",
    "without /proc, processes that a command leaves running are not reported, nor those that hold its output open",
    "without /proc, there is no report about the processes at a timeout, and no explanation by lack of memory, limits or core dumps",
    "without /proc, the work of rmdir and cpdir is not noticed, so their timeout counts the whole time",
    "without /proc, commands get socket pairs instead of pipes, and no control groups; variables that are not UTF-8 are passed on changed",
    "without /proc, stop and status recognize a worker by its name and start time in ps",
  ];
}
