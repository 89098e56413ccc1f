// What the commands of a worker can do, by the versions that it told. Pure.
import type { WorkerInfo } from "../worker-link.ts";

/** Whether the worker has the command in this version or a newer one. */
export function hasCommand({ commands }: WorkerInfo, name: string, version = "0"): boolean {
  const told = commands.get(name);
  if (told === undefined || told === "") return false;
  const [got, wanted] = [numbersOf(told), numbersOf(version)];
  for (let place = 0; place < wanted.length; place++) {
    const difference = (got[place] ?? 0) - wanted[place]!;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** What a step says that needs a command which the worker does not have. */
export function lacks(name: string): { readonly impossible: string } {
  return { impossible: `the worker does not know the command ${name}` };
}

function numbersOf(version: string): readonly number[] {
  return version.split(".").map((part) => Number.parseInt(part, 10) || 0);
}
