// Who sent a request: read off its cookie, and kept by setting one.
import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { paths } from "../paths.ts";
import { isVisitorId, newVisitorId } from "../sessions.ts";
import type { PageVisit, Site, WebEnv } from "../site.ts";

/** Cookies of one host are shared by all its ports, so that the name tells masters beside each other apart. */
function cookieName(c: Context<WebEnv>): string {
  return `buildhand-${c.env.incoming.socket.localPort ?? 0}`;
}

/** Whatever the browser sent that could be an id of ours. */
export function visitorId(c: Context<WebEnv>): string | undefined {
  const id = getCookie(c, cookieName(c));
  return id !== undefined && isVisitorId(id) ? id : undefined;
}

/** The id of a visitor who is about to see a form, given now if there was none. */
export function visitorIdForForm(c: Context<WebEnv>): string {
  const known = visitorId(c);
  if (known !== undefined) return known;
  const id = newVisitorId();
  giveVisitorId(c, id);
  return id;
}

export function giveVisitorId(c: Context<WebEnv>, id: string): void {
  // The browser alone knows whether TLS was added on the way; a plain one would not send a cookie back that is Secure.
  const secure = c.req.header("origin")?.startsWith("https://") ?? false;
  setCookie(c, cookieName(c), id, { httpOnly: true, sameSite: "Strict", path: "/", secure });
}

export function visitOf(c: Context<WebEnv>, site: Site, id = visitorId(c)): PageVisit {
  const { pathname, search } = new URL(c.req.url);
  // there is nothing to come back to at the address of an action
  const isAction = c.req.method === "POST" && pathname !== paths.login;
  return {
    masterTitle: site.view.title,
    isAdmin: id !== undefined && site.sessions.has(id),
    canLogIn: hasPassword(site),
    formToken: id === undefined ? "" : site.sessions.formToken(id),
    path: isAction ? paths.overview : `${pathname}${search}`,
    nowMs: site.clock.date().getTime(),
    files: site.files,
  };
}

export function hasPassword({ config }: Site): boolean {
  return config.adminPassword !== undefined && config.adminPassword !== "";
}

export function peerAddress(c: Context<WebEnv>): string {
  return c.env.incoming.socket.remoteAddress ?? "unknown";
}
