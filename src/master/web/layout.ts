// The frame of every page: head, navigation, landmarks.
import { version } from "../../base/version.ts";
import { type Content, type Markup, markup } from "./markup.ts";
import { paths } from "./paths.ts";
import type { PageVisit } from "./site.ts";
import type { StaticName } from "./static-files.ts";
import type { Look } from "./status-words.ts";

export interface Page {
  readonly title: string;
  /** What the title and the icon of the tab show. */
  readonly look?: Look | undefined;
  /** The parents of the page, the outermost first. */
  readonly crumbs?: readonly { readonly text: string; readonly path: string }[];
  /** The page's own breadcrumb, if it is not the title. */
  readonly crumb?: string;
  /** The page's event stream; a page without one does not update itself. */
  readonly eventsPath?: string;
  readonly main: Content;
}

export function layout(page: Page, visit: PageVisit): Markup {
  const { look } = page;
  const file = (name: StaticName) => visit.files.get(name)?.address ?? "";
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${look && `${look.sign} ${look.word} · `}${page.title} · ${visit.masterTitle}</title>
<link rel="icon" href="${file(look === undefined ? "icon.svg" : `icon-${look.tone}.svg`)}" type="image/svg+xml">
<link rel="stylesheet" href="${file("style.css")}">
<script src="${file("page.js")}" defer></script>
</head>
<body data-events="${page.eventsPath ?? ""}">
<a class="skip" href="#main">Skip to content</a>
<header class="top">
<a class="home" href="${paths.overview}"><img src="${file("icon.svg")}" alt="" width="24" height="24"> ${visit.masterTitle}</a>
<nav aria-label="Main">${navigation(visit)}</nav>
${account(visit)}
</header>
<main id="main" tabindex="-1">
${crumbs(page)}
${page.main}
</main>
<footer class="bottom">
<p>Buildhand ${version}</p>
${page.eventsPath !== undefined && markup`<p class="live" id="live" role="status"></p><noscript><p><a href="${visit.path}">Reload</a> to see changes: without scripts, this page does not update itself.</p></noscript>`}
</footer>
</body>
</html>
`;
}

function navigation(visit: PageVisit): Content {
  const places = [
    {
      text: "Builders",
      path: paths.overview,
      isHere: visit.path === paths.overview || visit.path.startsWith("/builders/"),
    },
    { text: "Workers", path: paths.workers, isHere: visit.path.startsWith(paths.workers) },
  ];
  return places.map(
    ({ text, path, isHere }) => markup`<a href="${path}"${isHere && markup` aria-current="true"`}>${text}</a>`,
  );
}

function account(visit: PageVisit): Content {
  if (visit.isAdmin) {
    return markup`<form class="account" method="post" action="${paths.logout}">${tokenField(visit)}<button class="quiet">Log out</button></form>`;
  }
  return (
    visit.canLogIn &&
    !visit.path.startsWith(paths.login) &&
    markup`<a class="account" href="${loginPath(visit)}">Log in</a>`
  );
}

/** The login returns to the page. */
export function loginPath(visit: PageVisit): string {
  return `${paths.login}?back=${encodeURIComponent(visit.path)}`;
}

export function tokenField(visit: PageVisit): Markup {
  return markup`<input type="hidden" name="token" value="${visit.formToken}">`;
}

function crumbs({ crumbs = [], title, crumb = title }: Page): Content {
  if (crumbs.length === 0) return false;
  const items = crumbs.map(({ text, path }) => markup`<li><a href="${path}">${text}</a></li>`);
  return markup`<nav class="crumbs" aria-label="Breadcrumbs"><ol>${items}<li aria-current="page">${crumb}</li></ol></nav>`;
}
