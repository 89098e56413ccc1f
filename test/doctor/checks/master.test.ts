import { expect, it } from "vitest";
import type { baseErrors } from "../../../src/base/errors.ts";
import { judgeVisit, type VisitCircumstances } from "../../../src/doctor/checks/master.ts";
import type { ProbeResult } from "../../../src/doctor/master/visit.ts";
import { sessionErrors } from "../../../src/session/errors.ts";
import { transportErrors } from "../../../src/transport/errors.ts";
import { said } from "../said.ts";

const now = new Date("2026-11-26T18:00:00Z");
const nobody: VisitCircumstances = { own: undefined, name: "w1", now };
const clock = "note the clock of this host says 2026-11-26 18:00 UTC; nothing was there to compare it with";
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

it("a login that the master takes is fine", () => {
  expect(said(judgeVisit(visited({ kind: "let in" }), nobody))).toEqual([
    ...passed,
    clock,
    "fine the master greets as masters do",
    "fine the master takes the name 'w1' and its password; the login was ended before it attached anything",
  ]);
});

it.each([
  ["yes", "greeted", /^fine the master has taken 'w1' in: process 7 of this base directory is attached/],
  ["unknown", "greeted", /^note no login was tried beside process 7 of this base directory, whose log does not tell/],
  ["yes", "connected", /^fine the master has taken 'w1' in/],
] as const)("beside a worker that is attached (%s) nobody logs in, and that is told", (isAttached, kind, expected) => {
  const statements = judgeVisit(visited({ kind }), { ...nobody, own: { pid: 7, isAttached } });
  expect(said(statements).at(-1)).toMatch(expected);
  expect(statements.at(-1)?.point).toBe("credentials");
});

it("the stage that failed has what it found before", () => {
  const error = transportErrors.tlsFailed("the master's certificate expired").withTrouble("tls-expired");
  const statements = judgeVisit(visited(failed(error), [lookup, tcp, tls]), nobody);
  expect(said(statements)).toEqual([
    ...passed,
    "note the clock of this host says 2026-11-26 18:00 UTC",
    "tls-expired TLS: the master's certificate expired",
  ]);
  expect(statements.at(-1)?.lines).toEqual(tls.facts);
});

it("what listens there instead of a master is the finding, and what the worker says of it belongs to it", () => {
  const error = transportErrors.connectFailed("login", "the master at m:1 was left");
  const listener = { trouble: "http-server", text: "says hello" } as const;
  const statements = judgeVisit(visited(failed(error, { listener })), nobody);
  expect(said(statements).at(-1)).toBe("http-server what listens there says hello");
  expect(statements.at(-1)?.lines).toEqual([error.message]);
});

it("a name that is in use is a finding, unless this directory's worker has it", () => {
  const end = failed(sessionErrors.loginDuplicate("w1", "rejecting duplicate worker"));
  const found = judgeVisit(visited(end), nobody).at(-1);
  expect([found?.trouble, found?.point]).toEqual(["name-in-use", "credentials"]);
  const own = { pid: 7, isAttached: "yes" } as const;
  expect(said(judgeVisit(visited(end), { ...nobody, own })).at(-1)).toBe(
    "fine process 7 of this base directory holds the name 'w1'",
  );
});

it("an error that no row of the table is for is told all the same", () => {
  const found = judgeVisit(visited(failed(sessionErrors.pbState("odd"))), nobody).at(-1);
  expect([found?.trouble, found?.text]).toEqual(["connect-failed", "odd"]);
});
