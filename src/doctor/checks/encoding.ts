// The encoding that the programs of a build find in their locale.
import { type Answer, askProgram } from "../ask-program.ts";
import { type Remark, statementsOf } from "../statement.ts";
import type { ProcessEnvironment, Subject } from "../subject.ts";

const { fine, note, finding } = statementsOf("build");

const ANSWER_LIMIT_MS = 5000;
/** What the C library calls ASCII. */
const ASCII = "ANSI_X3.4-1968";

export interface EncodingFacts {
  /** The variable that decides, as `LANG=C`; undefined when none is set. */
  readonly variable: string | undefined;
  /** What `locale charmap` says; undefined where there is no such program. */
  readonly charmap: string | undefined;
}

export async function checkEncoding({ environment, clock }: Subject): Promise<readonly Remark[]> {
  const question = { argv: ["locale", "charmap"], environment, limitMs: ANSWER_LIMIT_MS, clock };
  return judgeEncoding({ variable: variableOf(environment), charmap: charmapOf(await askProgram(question)) });
}

export function judgeEncoding({ variable, charmap }: EncodingFacts): readonly Remark[] {
  const where = variable ?? "none of LC_ALL, LC_CTYPE and LANG is set";
  if (charmap === undefined) return [note(`the locale is not known: ${where}`)];
  if (charmap !== ASCII) return [fine(`text is in ${charmap} (${where})`)];
  const name = variable?.replace(/^\w+=/, "") ?? "C";
  const reason = name === "C" || name === "POSIX" ? "" : ": that locale is not installed here";
  return [finding("encoding-ascii", `text is in ASCII (${where})${reason}`)];
}

function variableOf(environment: ProcessEnvironment): string | undefined {
  const name = ["LC_ALL", "LC_CTYPE", "LANG"].find((one) => environment[one]);
  return name === undefined ? undefined : `${name}=${environment[name]}`;
}

/** Of a locale that is missing the program complains elsewhere. */
function charmapOf(answer: Answer): string | undefined {
  if (answer.kind !== "ended" || answer.code !== 0) return undefined;
  return answer.printed.trim() || undefined;
}
