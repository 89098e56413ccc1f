// Names of branches and revisions, which come from hooks, repositories and visitors, and reach command lines. Pure.

const LONGEST_CHARS = 250;

/** What git allows, less what a shell would not take literally, since commands may contain the name. */
const BRANCH = /^[\p{L}\p{N}_][\p{L}\p{N}._/@+#=,-]*$/u;
const REVISION = /^[\p{L}\p{N}_][\p{L}\p{N}._/@+-]*$/u;
const HASH = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Why a branch cannot be built, as a clause. */
export function branchFault(branch: string): string | undefined {
  const isFine = branch.length <= LONGEST_CHARS && BRANCH.test(branch) && !/\.\.|\/\/|@\{|[./]$|\.lock$/.test(branch);
  return isFine ? undefined : "expected a branch of letters, digits and ._/@+#=,-";
}

/** The same for what a person enters: a hash, possibly abbreviated, or a tag. */
export function revisionFault(revision: string): string | undefined {
  const isFine = revision.length <= LONGEST_CHARS && REVISION.test(revision) && !revision.includes("..");
  return isFine ? undefined : "expected a revision of letters, digits and ._/@+-";
}

/** Whether it is a complete hash, as hooks and repositories report. */
export function isHash(revision: string): boolean {
  return HASH.test(revision);
}
