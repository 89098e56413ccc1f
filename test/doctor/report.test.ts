import { expect, it } from "vitest";
import type { Examination } from "../../src/doctor/checks/run-checks.ts";
import { jsonReport } from "../../src/doctor/json.ts";
import { report } from "../../src/doctor/report.ts";
import { statementsOf } from "../../src/doctor/statement.ts";
import { troubles } from "../../src/doctor/troubles/troubles.ts";

const { fine, note, finding } = statementsOf("account");
const examination: Examination = {
  basedir: "/w",
  points: [
    { point: "account", statements: [fine("all is well"), note("a line", ["more\u001b[2J"])] },
    { point: "software", statements: [finding("pty-missing", "there is none", { cure: "Do this." })] },
  ],
  findingCount: 1,
};

it("a report has the points in order, with the findings, their meaning and what to do", () => {
  expect(report(examination, { colours: false })).toBe(`1. Account
  ok       all is well
  note     a line
           more?[2J

2. Software
  FINDING  there is none
           pty-missing: build steps cannot use a terminal. Steps with \`usePTY=True\` use pipes instead, and
           their log says so. Nothing else is affected.
           what to do: Do this.

1 finding; see docs/reference/troubles.md for each code before the colon.`);
});

it("only the marks are coloured", () => {
  const coloured = report(examination, { colours: true });
  expect(coloured.split("\n")[1]).toBe("  \u001b[32mok       \u001b[0mall is well");
  const plain = ["32", "36", "31", "0"].reduce((text, code) => text.replaceAll(`\u001b[${code}m`, ""), coloured);
  expect(plain).toBe(report(examination, { colours: false }));
});

it("the absence of findings is reported", () => {
  expect(
    report({ ...examination, findingCount: 0 }, { colours: false })
      .split("\n")
      .at(-1),
  ).toBe("No findings.");
});

it("a finding in JSON has its code and the texts of the table", () => {
  expect(JSON.parse(jsonReport(examination))).toMatchObject({
    basedir: "/w",
    findings: 1,
    points: [
      {
        point: "account",
        title: "Account",
        statements: [{ kind: "fine" }, { kind: "note", lines: ["more\u001b[2J"] }],
      },
      {
        point: "software",
        statements: [
          {
            kind: "finding",
            code: "pty-missing",
            text: "there is none",
            meaning: troubles["pty-missing"].meaning,
            cure: "Do this.",
          },
        ],
      },
    ],
  });
});
