// The part of a page that is made from tables of cases, between two marks.

const END = "<!-- end of the generated part -->";

/** The page with `made` between the mark `begin` and the next end mark; throws when it has no such marks. */
export function withMadePart(page: string, begin: string, made: string): string {
  const before = page.indexOf(begin);
  const after = page.indexOf(END, before);
  if (before < 0 || after < 0) throw new Error(`the page has no "${begin}" followed by "${END}"`);
  return `${page.slice(0, before)}${begin}\n${made}${page.slice(after)}`;
}
