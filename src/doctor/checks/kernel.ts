// What the kernel offers a worker for keeping hold of what its commands start: notes, since it works without.
import { existsSync } from "node:fs";
import { type ControlGroupRule, findControlGroupPlace } from "../../process/tree/index.ts";
import { type Remark, statementsOf } from "../statement.ts";
import type { Subject } from "../subject.ts";

const { fine, note } = statementsOf("build");

export interface KernelFacts {
  readonly rule: ControlGroupRule;
  readonly isRoot: boolean;
  /** Where the worker makes a group for each command. */
  readonly place: string | undefined;
  /** Whether it could, if `cgroups` said so. */
  readonly couldBe: boolean;
  /** Processes tell of their children (CONFIG_PROC_CHILDREN). */
  readonly tellsChildren: boolean;
}

export async function checkKernel({ options }: Subject): Promise<readonly Remark[]> {
  const rule = options?.cgroups ?? "auto";
  return judgeKernel({
    rule,
    isRoot: process.geteuid?.() === 0,
    place: findControlGroupPlace(rule),
    couldBe: findControlGroupPlace("on") !== undefined,
    tellsChildren: existsSync(`/proc/self/task/${process.pid}/children`),
  });
}

export function judgeKernel({ rule, isRoot, place, couldBe, tellsChildren }: KernelFacts): readonly Remark[] {
  const groups =
    place !== undefined
      ? fine(`each command gets a control group of its own, below ${place}`)
      : note(`commands get no control groups of their own: ${whyNone({ rule, isRoot, couldBe })}`);
  if (tellsChildren) return [groups];
  return [groups, note("the kernel does not tell of a process's children; what a command has started is found later")];
}

function whyNone({ rule, isRoot, couldBe }: Pick<KernelFacts, "rule" | "isRoot" | "couldBe">): string {
  if (rule === "off") return "cgroups = 'off'";
  if (couldBe && isRoot) return "the worker is root; cgroups = 'on' allows it to make some";
  return "the worker's own group was not handed over to it (`Delegate=yes` in a unit of systemd)";
}
