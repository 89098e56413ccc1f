// A PID namespace of its own for what may signal at large, as `kill -1` does: nothing in it can reach a process outside.
import { spawnSync } from "node:child_process";

/** An ordinary user gets one together with a user namespace, in which it is root. */
const asRoot = process.geteuid?.() === 0 ? [] : ["--user", "--map-root-user"];

/** Runs what follows as process 1 of a namespace that ends with it, or with `unshare`. */
export const PID_NAMESPACE = ["unshare", ...asRoot, "--pid", "--fork", "--kill-child", "--mount-proc"];

/** Whatever becomes of `unshare` or its options: only process 1 of a namespace runs the rest. */
const UNLESS_OUTSIDE = ["sh", "-c", '[ $$ = 1 ] || exit 125; exec "$@"', "sh"];

/** Process 1 inherits every orphan and has to reap it. A shell that waits does that as well. */
const INITS = {
  tini: ["tini", "-s", "--"],
  sh: ["sh", "-c", '"$@"; exit $?', "sh"],
} as const;

/** Those that this machine has, the best one first. */
export const inits = (["tini", "sh"] as const).filter(
  (name) => name === "sh" || spawnSync("tini", ["--version"]).status === 0,
);

/** The command that runs `argv` in a namespace of its own under an init that reaps, with its output and exit status. */
export function inPidNamespace(
  argv: readonly string[],
  init: keyof typeof INITS = inits[0] ?? "sh",
): readonly string[] {
  return [...PID_NAMESPACE, ...UNLESS_OUTSIDE, ...INITS[init], ...argv];
}

/** Empty where there can be such a namespace; otherwise why not, to follow the name of a test that is skipped for it. */
export const noPidNamespace = refusal();

function refusal(): string {
  const [file = "", ...args] = inPidNamespace(["true"]);
  const { status, stderr } = spawnSync(file, args, { encoding: "utf8" });
  if (status === 0) return "";
  return ` (not run: no PID namespace can be made here: ${stderr?.trim() || "there is no unshare"})`;
}
