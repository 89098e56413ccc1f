// Names of logs as they appear in addresses. Pure.

const LONGEST_SLUG = 40;

/** Lower-case letters, digits, `_` and `-`; different from all of `taken`. */
export function slugOf(name: string, taken: ReadonlySet<string>): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9_]+/g, "-")
    .slice(0, LONGEST_SLUG);
  const base = plain.replaceAll(/^-|-$/g, "") || "log";
  let slug = base;
  for (let number = 2; taken.has(slug); number++) slug = `${base}-${number}`;
  return slug;
}
