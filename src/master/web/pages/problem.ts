// The error page.
import { layout } from "../layout.ts";
import { type Content, type Markup, markup } from "../markup.ts";
import { paths } from "../paths.ts";
import type { PageVisit } from "../site.ts";

export function problemPage(visit: PageVisit, title: string, sentence: Content): Markup {
  const main = markup`<h1>${title}</h1><p class="problem">${sentence}</p><p><a href="${paths.overview}">Go to builders</a></p>`;
  return layout({ title, main }, visit);
}
