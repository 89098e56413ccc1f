// Checks the encoding of the locale, which the programs of a build use.
import { type Answer, askProgram } from "../ask-program.ts";
import { type Remark, statementsOf } from "../statement.ts";
import type { ProcessEnvironment, Subject } from "../subject.ts";

const { fine, note, finding } = statementsOf("build");

const ANSWER_LIMIT_MS = 5000;
/** The C library's name for ASCII. */
const ASCII = "ANSI_X3.4-1968";

export interface EncodingFacts {
  /** The effective variable, such as `LANG=C`; undefined if none is set. */
  readonly variable: string | undefined;
  /** Output of `locale charmap`; undefined without such a program. */
  readonly charmap: string | undefined;
}

export async function checkEncoding({ environment, clock }: Subject): Promise<readonly Remark[]> {
  const question = { argv: ["locale", "charmap"], environment, limitMs: ANSWER_LIMIT_MS, clock };
  return judgeEncoding({ variable: variableOf(environment), charmap: charmapOf(await askProgram(question)) });
}

export function judgeEncoding({ variable, charmap }: EncodingFacts): readonly Remark[] {
  const where = variable ?? "none of LC_ALL, LC_CTYPE and LANG is set";
  if (charmap === undefined) return [note(`the locale is unknown: ${where}`)];
  if (charmap !== ASCII) return [fine(`text is in ${charmap} (${where})`)];
  const name = variable?.replace(/^\w+=/, "") ?? "C";
  const reason = name === "C" || name === "POSIX" ? "" : ": this locale is not installed";
  return [finding("encoding-ascii", `text is in ASCII (${where})${reason}`)];
}

function variableOf(environment: ProcessEnvironment): string | undefined {
  const name = ["LC_ALL", "LC_CTYPE", "LANG"].find((one) => environment[one]);
  return name === undefined ? undefined : `${name}=${environment[name]}`;
}

/** For a missing locale the program prints a warning on standard error, which is ignored. */
function charmapOf(answer: Answer): string | undefined {
  if (answer.kind !== "ended" || answer.code !== 0) return undefined;
  return answer.stdout.trim() || undefined;
}
