// Statements in short, for expectations.
import type { Remark } from "../../src/doctor/statement.ts";

/** `fine text`, `note text`, or the code of a finding before its text. */
export function said(statements: readonly Remark[]): readonly string[] {
  return statements.map(({ kind, trouble, text }) => `${trouble ?? kind} ${text}`);
}
