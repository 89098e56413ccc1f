// Which branches a change source watches. Pure.
import { namePattern } from "../../base/name-pattern.ts";

export function isBranchOf({ branches }: { readonly branches: readonly string[] }, branch: string): boolean {
  return branches.some((pattern) => namePattern(pattern)(branch));
}
