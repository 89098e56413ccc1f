// Python's names for the code pages that Windows programs use: `mbcs` for windows with text, `oem` for the console.

export interface CodePages {
  readonly ansi: number;
  readonly oem: number;
}

const UTF8 = 65_001;

/** The codec of a name; unchanged if it is not one of Windows' own. */
export function codePageCodec(name: string, pages: CodePages): string {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  if (plain === "mbcs" || plain === "ansi" || plain === "dbcs") return codecOfPage(pages.ansi);
  if (plain === "oem") return codecOfPage(pages.oem);
  return name;
}

function codecOfPage(page: number): string {
  return page === UTF8 ? "utf-8" : `cp${page}`;
}
