// Checks kernel features that help a worker to find the processes of its commands. Only notes, since they are optional.
import { existsSync } from "node:fs";
import { hasProc } from "../../base/platform.ts";
import { type ControlGroupRule, findControlGroupPlace } from "../../process/tree/index.ts";
import { type Remark, statementsOf } from "../statement.ts";
import type { Subject } from "../subject.ts";

const { fine, note } = statementsOf("build");

export interface KernelFacts {
  readonly rule: ControlGroupRule;
  readonly isRoot: boolean;
  /** The control group in which the worker creates a group for each command. */
  readonly place: string | undefined;
  /** Whether it could with `cgroups = 'on'`. */
  readonly couldBe: boolean;
  /** The kernel lists the children of processes (CONFIG_PROC_CHILDREN). */
  readonly listsChildren: boolean;
}

export async function checkKernel({ options }: Subject): Promise<readonly Remark[]> {
  if (!hasProc) return [note("this system has no /proc: a command's processes are found by ps, and only to kill them")];
  const rule = options?.cgroups ?? "auto";
  return judgeKernel({
    rule,
    isRoot: process.geteuid?.() === 0,
    place: findControlGroupPlace(rule),
    couldBe: findControlGroupPlace("on") !== undefined,
    listsChildren: existsSync(`/proc/self/task/${process.pid}/children`),
  });
}

export function judgeKernel({ rule, isRoot, place, couldBe, listsChildren }: KernelFacts): readonly Remark[] {
  const groups =
    place !== undefined
      ? fine(`each command gets its own control group, below ${place}`)
      : note(`commands get no control groups: ${reasonForNone({ rule, isRoot, couldBe })}`);
  if (listsChildren) return [groups];
  return [groups, note("the kernel does not list the children of processes; processes of a command are found later")];
}

function reasonForNone({ rule, isRoot, couldBe }: Pick<KernelFacts, "rule" | "isRoot" | "couldBe">): string {
  if (rule === "off") return "cgroups = 'off'";
  if (couldBe && isRoot) return "the worker is root; cgroups = 'on' allows it to create them";
  return "the worker's control group is not delegated to it (`Delegate=yes` in a systemd unit)";
}
