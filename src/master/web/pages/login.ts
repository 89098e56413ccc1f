// The login page.
import { layout, tokenField } from "../layout.ts";
import { type Content, type Markup, markup } from "../markup.ts";
import { paths } from "../paths.ts";
import type { PageVisit } from "../site.ts";

interface LoginContent {
  /** The path to go to afterwards. */
  readonly back: string;
  readonly problem?: string;
  readonly note?: Content;
}

export function loginPage(visit: PageVisit, { back, problem, note }: LoginContent): Markup {
  const main = markup`
<h1>Log in</h1>
${note}
${problem !== undefined && markup`<p class="problem" role="alert" id="problem">${problem}</p>`}
${visit.canLogIn ? form(visit, back, problem !== undefined) : closed}`;
  return layout({ title: "Log in", main }, visit);
}

const closed = markup`<div class="empty"><p>Login is disabled, because no password is set.</p>
<p>Set <code>adminPassword</code> under <code>web:</code> in <code>master.yaml</code> and reload the master. Viewing needs no password.</p></div>`;

function form(visit: PageVisit, back: string, hasProblem: boolean): Markup {
  return markup`<form class="login" method="post" action="${paths.login}">${tokenField(visit)}
<input type="hidden" name="back" value="${back}">
<input class="unseen" type="text" name="username" value="admin" autocomplete="username" tabindex="-1" aria-hidden="true" readonly>
<label for="password">Admin password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required${hasProblem && markup` aria-describedby="problem" aria-invalid="true"`}>
<button>Log in</button></form>
<p class="quiet-line">Needed to start, stop and rebuild builds, and to shut down workers.${visit.isPublic ? " Viewing needs no password." : " Viewing needs it too."}</p>`;
}
