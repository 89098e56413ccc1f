// The part of docs/reference/differences.md that follows from the cases: what is compared, and what differs on purpose.
import type { CaseTable } from "../cases/case.ts";
import { differences } from "../cases/differences.ts";
import { encodingTables } from "../cases/encodings.ts";
import {
  downloadingBuilds,
  generalMsgpackDifferences,
  msgpackDifferences,
  onlyOverPb,
} from "../cases/msgpack-differences.ts";
import { stepCases } from "../cases/steps.ts";
import { caseTables } from "../cases/tables.ts";
import { withMadePart } from "./made-part.ts";

const BEGIN = "<!-- generated from test/masters/cases by scripts/write-differences.js -->";
/** The page with the part between the marks regenerated; throws when it has no marks. */
export function withDifferencesTable(page: string): string {
  return withMadePart(page, BEGIN, differencesTable());
}

/** The names of all cases, in the order of the page. */
export function caseNames(): string[] {
  return comparedTables().flatMap(({ cases }) => cases.map(({ name }) => name));
}

function differencesTable(): string {
  return `
| compared under one master | cases | equal | differ on purpose |
| --- | --- | --- | --- |
${comparedTables().map(countsRow).join("\n")}

| difference on purpose | cases |
| --- | --- |
${differences.map(({ reason, changes }) => reasonRow(reason, Object.keys(changes).length)).join("\n")}

The same cases are compared with the real worker over MessagePack, the builds also with TLS. Everything must be as over PB, except for these differences, which come from the protocol, or from changes that
Buildbot's master makes to a command before it sends it:

| difference over MessagePack | cases |
| --- | --- |
${[
  ...generalMsgpackDifferences.map(({ reason, cases }) => reasonRow(reason, cases)),
  ...msgpackDifferences.map(({ reason, changes }) => reasonRow(reason, Object.keys(changes).length)),
  reasonRow(downloadingBuilds.reason, downloadingBuilds.names.length),
  reasonRow(`${onlyOverPb.reason}: not run`, onlyOverPb.names.length),
].join("\n")}

`;
}

function reasonRow(reason: string, cases: number | string): string {
  return `| ${cell(reason)} | ${cases} |`;
}

type Table = Pick<CaseTable, "title"> & {
  readonly cases: readonly Pick<CaseTable["cases"][number], "name">[];
};

function comparedTables(): readonly Table[] {
  return [...caseTables, ...encodingTables, { title: "builds of ordinary steps", cases: stepCases("") }];
}

function countsRow({ title, cases }: Table): string {
  const differing = cases.filter(({ name }) => differences.some(({ changes }) => Object.hasOwn(changes, name))).length;
  return `| ${[title, cases.length, cases.length - differing, differing].join(" | ")} |`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
