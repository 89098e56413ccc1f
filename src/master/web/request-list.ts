// Waiting requests, each with what it waits for; folded when there are many.
import type { RequestView } from "../master-view.ts";
import { sourceWords } from "./change-words.ts";
import { tokenField } from "./layout.ts";
import { type Markup, markup } from "./markup.ts";
import { paths } from "./paths.ts";
import type { PageVisit } from "./site.ts";
import { ago, counted } from "./times.ts";

const REQUESTS_SHOWN = 50;
/** More are folded. */
const UNFOLDED_AT_MOST = 5;

/** The first requests, and the number of further ones. `cancelsAll`: with a button for the whole queue. */
export function requestList(requests: readonly RequestView[], visit: PageVisit, cancelsAll = true): Markup {
  const more = requests.length - REQUESTS_SHOWN;
  const list = markup`<ul class="requests">${requests.slice(0, REQUESTS_SHOWN).map((request) => item(request, visit))}</ul>${more > 0 && markup`<p class="quiet-line">and ${more} more</p>`}`;
  const isLong = requests.length > UNFOLDED_AT_MOST;
  return markup`${
    isLong
      ? markup`<details class="queue" id="queue-fold"><summary>${counted(requests.length, "request")} waiting</summary>${list}</details>`
      : list
  }${
    cancelsAll &&
    visit.isAdmin &&
    requests.length > 1 &&
    markup`<form class="all" method="post" action="${paths.cancelAll}">${tokenField(visit)}<button class="danger">Cancel all ${requests.length}</button></form>`
  }`;
}

function item(request: RequestView, visit: PageVisit): Markup {
  const { id, builder, reason, waitsFor, submittedAtMs } = request;
  return markup`<li><div>
<p><a href="${paths.builder(builder)}">${builder}</a> ${sourceWords(request)} <span class="when">queued ${ago(submittedAtMs, visit.nowMs)}</span></p>
<p class="state">Waiting for ${waitsFor}<span class="reason">Reason: ${reason}</span></p></div>
${
  visit.isAdmin &&
  markup`<form method="post" action="${paths.request(id)}/cancel">${tokenField(visit)}<button class="quiet" aria-label="Cancel request ${id} of ${builder}">Cancel</button></form>`
}
</li>`;
}
