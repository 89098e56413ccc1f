// Identifies visitors by a cookie.
import { BlockList, isIP, isIPv6 } from "node:net";
import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { paths } from "../paths.ts";
import { isVisitorId, newVisitorId } from "../sessions.ts";
import type { PageVisit, Site, WebEnv } from "../site.ts";

/** Cookies are shared by all ports of a host, so the name includes the port. */
function cookieName(c: Context<WebEnv>): string {
  return `buildhand-${c.env.incoming.socket.localPort ?? 0}`;
}

/** The id in the cookie, if it is well-formed. */
export function visitorId(c: Context<WebEnv>): string | undefined {
  const id = getCookie(c, cookieName(c));
  return id !== undefined && isVisitorId(id) ? id : undefined;
}

/** The id of a visitor who gets a form; creates one if needed. */
export function visitorIdForForm(c: Context<WebEnv>): string {
  const known = visitorId(c);
  if (known !== undefined) return known;
  const id = newVisitorId();
  giveVisitorId(c, id);
  return id;
}

export function giveVisitorId(c: Context<WebEnv>, id: string): void {
  // A proxy may add TLS, which only the browser knows; over plain HTTP it would not send back a Secure cookie.
  const secure = c.req.header("origin")?.startsWith("https://") ?? false;
  // Lax, so that links from elsewhere to a build find the session; forms have a token of their own.
  setCookie(c, cookieName(c), id, { httpOnly: true, sameSite: "Lax", path: "/", secure });
}

export function visitOf(c: Context<WebEnv>, site: Site, id = visitorId(c)): PageVisit {
  const { pathname, search } = new URL(c.req.url);
  // the address of an action has no page to return to
  const isAction = c.req.method === "POST" && pathname !== paths.login;
  return {
    masterTitle: site.view.title,
    isAdmin: id !== undefined && site.sessions.has(id),
    canLogIn: hasPassword(site),
    isPublic: site.config().read !== "password",
    formToken: id === undefined ? "" : site.sessions.formToken(id),
    path: isAction ? paths.overview : `${pathname}${search}`,
    nowMs: site.clock.date().getTime(),
    files: site.files,
  };
}

export function hasPassword({ config }: Site): boolean {
  const { adminPassword } = config();
  return adminPassword !== undefined && adminPassword !== "";
}

/** The visitor's address: of a trusted proxy, the last address in `X-Forwarded-For` that is not one itself. */
export function peerAddress(c: Context<WebEnv>, { config }: Site): string {
  const proxies = proxyList(config().trustedProxies);
  const hops = (c.req.header("x-forwarded-for") ?? "").split(",").map((hop) => hop.trim());
  let address = c.env.incoming.socket.remoteAddress ?? "unknown";
  for (let hop = hops.pop(); hop !== undefined && isIP(hop) !== 0 && isIn(proxies, address); hop = hops.pop()) {
    address = hop;
  }
  return address;
}

function proxyList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix] = network.split("/");
    const family = isIPv6(address) ? "ipv6" : "ipv4";
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  return list;
}

function isIn(list: BlockList, address: string): boolean {
  return isIP(address) !== 0 && list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}
