// Waiting requests, each with what it waits for.
import type { RequestView } from "../master-view.ts";
import { tokenField } from "./layout.ts";
import { type Markup, markup } from "./markup.ts";
import { paths } from "./paths.ts";
import type { PageVisit } from "./site.ts";
import { ago } from "./times.ts";

const REQUESTS_SHOWN = 50;

/** The first requests, and the number of further ones. */
export function requestList(requests: readonly RequestView[], visit: PageVisit): Markup {
  const item = (request: RequestView) => markup`<li><div>
<p><a href="${paths.builder(request.builder)}">${request.builder}</a> <span class="when">queued ${ago(request.submittedAtMs, visit.nowMs)}</span></p>
<p class="state">Waiting for ${request.waitsFor}<span class="reason">Reason: ${request.reason}</span></p></div>
${
  visit.isAdmin &&
  markup`<form method="post" action="${paths.request(request.id)}/cancel">${tokenField(visit)}<button class="quiet" aria-label="Cancel request ${request.id} of ${request.builder}">Cancel</button></form>`
}
</li>`;
  const more = requests.length - REQUESTS_SHOWN;
  return markup`<ul class="requests">${requests.slice(0, REQUESTS_SHOWN).map(item)}</ul>${more > 0 && markup`<p class="quiet-line">and ${more} more</p>`}`;
}
