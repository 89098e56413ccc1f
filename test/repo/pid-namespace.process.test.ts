import { spawn, spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { isAlive } from "../process/run-program.ts";
import { inits, inPidNamespace, noPidNamespace, PID_NAMESPACE } from "../support/pid-namespace.ts";

function run([file = "", ...argv]: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(file, argv, { encoding: "utf8" });
  return { status, stdout, stderr };
}

describe.skipIf(noPidNamespace !== "")(`a PID namespace${noPidNamespace}`, () => {
  describe.each(inits)("under %s", (init) => {
    const inside = (script: string) => run(inPidNamespace(["sh", "-c", script], init));

    it("keeps a signal to everybody inside", () => {
      const outside = spawn("sleep", ["1000"], { stdio: "ignore" });
      // The signal of a shell does not reach the shell itself.
      const { status, stdout } = inside("sleep 1000 & kill -s TERM -- -1; wait $!; echo $?");
      expect([status, stdout]).toEqual([0, "143\n"]);
      expect(isAlive(outside.pid!)).toBe(true);
      outside.kill();
    });

    it("reaps what nobody waits for, and ends as its program does", () => {
      const orphan = "$(sh -c 'sleep 0.01 >/dev/null & echo $!')";
      const script = `pid=${orphan}; while [ -e /proc/$pid ]; do sleep 0.01; done; exit 7`;
      expect(inside(script)).toEqual({ status: 7, stdout: "", stderr: "" });
    });

    it("runs nothing when there is no namespace after all", () => {
      const outside = inPidNamespace(["echo", "ran"], init).slice(PID_NAMESPACE.length);
      expect(run(outside)).toEqual({ status: 125, stdout: "", stderr: "" });
    });
  });
});
