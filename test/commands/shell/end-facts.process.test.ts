import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { utf8 } from "../../../src/base/encoding/text-encoding.ts";
import { explainEnd, VERDICT_LIMIT_MS } from "../../../src/commands/shell/end-facts.ts";
import { oomKills } from "../../../src/process/diagnosis/index.ts";
import { ManualClock } from "../../support/manual-clock.ts";

test("a program killed for lack of memory is reported as such, even if the machine is too slow to find more", async () => {
  const clock = new ManualClock();
  const { group = 0, system = 0 } = oomKills();
  const explained = explainEnd({
    outcome: { type: "signaled", signal: "SIGKILL", signalNumber: 9, killedFor: undefined },
    program: { argv: ["make"], shownWords: ["make"], encoding: utf8, workdir: tmpdir() },
    env: {},
    pid: 1,
    startedAt: clock.date(),
    oomKillsBefore: { group: group - 3, system: system - 3 },
    limits: undefined,
    clock,
  });
  clock.advance(VERDICT_LIMIT_MS);
  expect(await explained).toBe(
    "buildhand: out of memory: the kernel killed 3 processes while it ran, probably including this one",
  );
});
