import { expect, it } from "vitest";
import type { baseErrors } from "../../../src/base/errors.ts";
import { judgeProbe, type ProbeContext } from "../../../src/doctor/checks/master.ts";
import type { ProbeResult } from "../../../src/doctor/master/probe-master.ts";
import { sessionErrors } from "../../../src/session/errors.ts";
import { transportErrors } from "../../../src/transport/errors.ts";
import { said } from "../said.ts";

const now = new Date("2026-11-26T18:00:00Z");
const nobody: ProbeContext = { own: undefined, name: "w1", now };
const clock = "note the clock of this host shows 2026-11-26 18:00 UTC; there was nothing to compare it with";
const lookup = { stage: "name lookup", facts: ["m is 10.0.0.1"] } as const;
const tcp = { stage: "TCP", facts: ["connected to 10.0.0.1:1"] } as const;
const tls = { stage: "TLS", facts: ["TLSv1.3", "certificate of 'm', valid from a to b"] } as const;
const passed = ["fine name lookup: m is 10.0.0.1", "fine TCP: connected to 10.0.0.1:1"];

function visited(end: ProbeResult["end"], stages: ProbeResult["stages"] = [lookup, tcp]): ProbeResult {
  return { stages, warnings: [], end };
}

function failed(
  error: ReturnType<typeof baseErrors.usage>,
  more: Partial<Extract<ProbeResult["end"], { kind: "failed" }>> = {},
) {
  return { kind: "failed", error, listener: undefined, ...more } as const;
}

it("a login that the master accepts is fine", () => {
  expect(said(judgeProbe(visited({ kind: "logged in" }), nobody))).toEqual([
    ...passed,
    clock,
    "fine the master sends its greeting",
    "fine the master accepts the name 'w1' and its password; the login ended before the worker was attached",
  ]);
});

it.each([
  [
    "yes",
    "greeted",
    /^fine 'w1' is attached to the master according to the log of process 7 of this base directory, so no login/,
  ],
  [
    "unknown",
    "greeted",
    /^note no login was tried, because process 7 of this base directory is running and its log does not show/,
  ],
  ["yes", "connected", /^fine 'w1' is attached to the master/],
] as const)(
  "beside a running worker (attached: %s) there is no login, and that is reported",
  (isAttached, kind, expected) => {
    const statements = judgeProbe(visited({ kind }), { ...nobody, own: { pid: 7, isAttached } });
    expect(said(statements).at(-1)).toMatch(expected);
    expect(statements.at(-1)?.point).toBe("credentials");
  },
);

it("the failed stage has its earlier results", () => {
  const error = transportErrors.tlsFailed("the master's certificate expired").withTrouble("tls-expired");
  const statements = judgeProbe(visited(failed(error), [lookup, tcp, tls]), nobody);
  expect(said(statements)).toEqual([
    ...passed,
    "note the clock of this host shows 2026-11-26 18:00 UTC",
    "tls-expired TLS: the master's certificate expired",
  ]);
  expect(statements.at(-1)?.lines).toEqual(tls.facts);
});

it("another server instead of a master is the finding, with the worker's error as a detail", () => {
  const error = transportErrors.connectFailed("login", "the master at m:1 was left");
  const listener = { trouble: "http-server", text: "says hello" } as const;
  const statements = judgeProbe(visited(failed(error, { listener })), nobody);
  expect(said(statements).at(-1)).toBe("http-server the server there says hello");
  expect(statements.at(-1)?.lines).toEqual([error.message]);
});

it("a name that is in use is a finding, unless this directory's worker has it", () => {
  const end = failed(sessionErrors.loginDuplicate("w1", "rejecting duplicate worker"));
  const found = judgeProbe(visited(end), nobody).at(-1);
  expect([found?.trouble, found?.point]).toEqual(["name-in-use", "credentials"]);
  const own = { pid: 7, isAttached: "yes" } as const;
  expect(said(judgeProbe(visited(end), { ...nobody, own })).at(-1)).toBe(
    "fine process 7 of this base directory uses the name 'w1'",
  );
});

it("an error without a row in the table is reported too", () => {
  const found = judgeProbe(visited(failed(sessionErrors.pbState("odd"))), nobody).at(-1);
  expect([found?.trouble, found?.text]).toEqual(["connect-failed", "odd"]);
});
