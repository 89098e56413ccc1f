// Login and logout.

import type { Context, Hono } from "hono";
import { LONGEST_LOGIN_DELAY_MS } from "../login-delays.ts";
import { isPassword } from "../secret.ts";
import { giveVisitorId, hasPassword, peerAddress, receiveForm, visitOf, visitorIdForForm } from "./access/index.ts";
import { problem } from "./answers.ts";
import { noteMarkup, withNote } from "./notes.ts";
import { loginPage } from "./pages/index.ts";
import { paths } from "./paths.ts";
import type { Site, WebEnv } from "./site.ts";

/** Passwords that are checked at a time, of one address and in all: a hash takes its time, and each waits for the others. */
const MAX_CHECKS_OF_ADDRESS = 2;
const MAX_CHECKS = 32;

export function addLoginRoutes(app: Hono<WebEnv>, site: Site): void {
  const checking: string[] = [];

  /** Undefined: too many at a time. */
  const isAdminPassword = async (guess: string, address: string): Promise<boolean | undefined> => {
    const ofAddress = checking.filter((other) => other === address);
    if (checking.length >= MAX_CHECKS || ofAddress.length >= MAX_CHECKS_OF_ADDRESS) return undefined;
    checking.push(address);
    try {
      return (await isPassword(guess, site.config().adminPassword)) && guess !== "";
    } finally {
      checking.splice(checking.indexOf(address), 1);
    }
  };

  app.get(paths.login, (c) => {
    const id = hasPassword(site) ? visitorIdForForm(c) : undefined;
    const content = { back: ownPath(c.req.query("back")), note: noteMarkup(c.req.query("note")) };
    return c.html(loginPage(visitOf(c, site, id), content));
  });

  app.post(paths.login, async (c) => {
    const form = await receiveForm(c, site);
    if ("refusal" in form) return problem(c, site, { status: form.status, sentence: form.refusal });
    const back = ownPath(form.fields.get("back") ?? undefined);
    const guess = form.fields.get("password") ?? "";
    const address = peerAddress(c, site);
    const isRight = await isAdminPassword(guess, address);
    const delayMs =
      isRight === undefined ? undefined : site.loginDelays.answerAfterMs({ name: "admin", address, isRight });
    if (delayMs === undefined) {
      const seconds = LONGEST_LOGIN_DELAY_MS / 1000;
      c.header("Retry-After", String(seconds));
      const sentence = `Too many login attempts. Try again in ${seconds} seconds.`;
      return retryLogin(c, site, { back, status: 429, problem: sentence });
    }
    await pause(c, site, delayMs);
    if (!isRight) {
      site.log(`wrong password on the status page from ${address}`);
      return retryLogin(c, site, { back, status: 403, problem: "Wrong password." });
    }
    site.sessions.end(form.visitorId);
    // a new id prevents session fixation
    giveVisitorId(c, site.sessions.begin());
    site.log(`login on the status page from ${address}`);
    return c.redirect(withNote(back, "logged-in"), 303);
  });

  app.post(paths.logout, async (c) => {
    const form = await receiveForm(c, site);
    if ("refusal" in form) return problem(c, site, { status: form.status, sentence: form.refusal });
    site.sessions.end(form.visitorId);
    return c.redirect(withNote(paths.overview, "logged-out"), 303);
  });
}

/** Ends early if the visitor disconnects. */
function pause(c: Context<WebEnv>, { clock }: Site, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    if (delayMs === 0) return resolve();
    const timer = clock.after(delayMs, resolve);
    c.env.outgoing.once("close", () => {
      timer.cancel();
      resolve();
    });
  });
}

function retryLogin(
  c: Context<WebEnv>,
  site: Site,
  content: { readonly back: string; readonly status: 403 | 429; readonly problem: string },
) {
  return c.html(loginPage(visitOf(c, site), content), content.status);
}

const NOWHERE = "http://nowhere.invalid";

/** A path on this site, never an address elsewhere. */
export function ownPath(path: string | undefined): string {
  if (path === undefined || !path.startsWith("/") || !URL.canParse(path, NOWHERE)) return paths.overview;
  const url = new URL(path, NOWHERE);
  if (url.origin !== NOWHERE || url.pathname.startsWith("//")) return paths.overview;
  url.searchParams.delete("note");
  return `${url.pathname}${url.search}`;
}
