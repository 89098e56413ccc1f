// What a build or a request builds: its change, or the branch and revision that somebody chose.
import type { BuildView, RequestView } from "../master-view.ts";
import { type Content, markup } from "./markup.ts";
import { webLink } from "./safe-link.ts";
import { beginning } from "./visible-text.ts";

/** Of a revision of Git, enough to be found. */
const REVISION_CHARACTERS = 10;
const LONGEST_MESSAGE = 120;
/** Those that are shown by their own names. */
const SHOWN_ELSEWHERE: ReadonlySet<string> = new Set(["branch", "revision", "got_revision", "repository", "scheduler"]);

type Built = Pick<BuildView | RequestView, "properties" | "change">;

export function revisionOf({ properties, change }: Built): string {
  return properties?.get("got_revision") ?? change?.revision ?? properties?.get("revision") ?? "";
}

export function branchOf({ properties, change }: Built): string {
  return change?.branch ?? properties?.get("branch") ?? "";
}

/** The branch, and the revision as a link to its page; empty if neither is known. */
export function sourceWords(built: Built): Content {
  const [branch, revision] = [branchOf(built), revisionOf(built)];
  if (branch === "" && revision === "") return false;
  return markup`<span class="source">${branch}${branch !== "" && revision !== "" && " "}${revisionLink(built, revision)}</span>`;
}

function revisionLink({ change }: Built, revision: string): Content {
  const href = change?.revision === revision ? webLink(change.link) : undefined;
  const text = /^[\da-f]{20,64}$/i.test(revision) ? revision.slice(0, REVISION_CHARACTERS) : revision;
  if (text === "") return false;
  return href === undefined
    ? markup`<code>${text}</code>`
    : markup`<a href="${href}" rel="noopener noreferrer nofollow"><code>${text}</code></a>`;
}

/** The first line of the message; empty if it is unknown. */
export function messageOf({ change }: Built): string {
  return beginning(change?.message.trim().split("\n", 1)[0] ?? "", LONGEST_MESSAGE);
}

/** Without the address. */
export function authorOf({ change }: Built): string {
  const author = change?.author ?? "";
  return author.split("<", 1)[0]?.trim() || author;
}

/** The parameters of a build that somebody started. */
export function parametersOf({ properties = new Map() }: Built): readonly (readonly [name: string, value: string])[] {
  return [...properties].filter(([name, value]) => !SHOWN_ELSEWHERE.has(name) && value !== "");
}
