// Who may read, and who may use the actions of the API: logged-in visitors, and programs with a bearer token.
import type { Context } from "hono";
import { isSecret } from "../../secret.ts";
import { loginPath } from "../layout.ts";
import { paths } from "../paths.ts";
import type { Site, WebEnv } from "../site.ts";
import { peerAddress, visitOf, visitorId } from "./visitor.ts";

/** What needs no login: its answers say nothing of builds. */
const FOR_ALL = /^\/(?:login|logout|healthz|static\/[^/]*|hooks(?:\/.*)?)$/;
/** Of programs, which have no use for a login form. */
const FOR_PROGRAMS = /^\/(?:api|metrics|events)(?:\/|$)/;

/** The answer to a visitor who may not read this; undefined if it may. */
export async function refusedReader(c: Context<WebEnv>, site: Site): Promise<Response | undefined> {
  const { path } = c.req;
  if (site.config().read !== "password" || FOR_ALL.test(path)) return undefined;
  const id = visitorId(c);
  if (id !== undefined && site.sessions.has(id)) return undefined;
  if (c.req.header("authorization") !== undefined) return refusedToken(c, site);
  if (FOR_PROGRAMS.test(path)) return unauthorized(c, "a bearer token or a login is needed to read this");
  return c.redirect(c.req.method === "POST" ? paths.login : loginPath(visitOf(c, site)), 303);
}

/** The answer to a request without a valid bearer token; undefined if it has one. */
export async function refusedToken(c: Context<WebEnv>, site: Site): Promise<Response | undefined> {
  const guess = /^bearer +(\S{1,1000})$/i.exec(c.req.header("authorization") ?? "")?.[1];
  if (guess === undefined) return unauthorized(c, "a bearer token is needed: Authorization: Bearer TOKEN");
  if (isSecret(guess, site.localToken)) return undefined;
  const isRight = isSecret(guess, site.config().apiToken);
  const delayMs = site.loginDelays.answerAfterMs({ name: "api", address: peerAddress(c, site), isRight });
  if (delayMs === undefined) return c.json({ error: "too many attempts with a wrong token" }, 429);
  if (delayMs > 0) await new Promise<void>((resolve) => site.clock.after(delayMs, resolve));
  return isRight ? undefined : unauthorized(c, "the token is wrong");
}

function unauthorized(c: Context<WebEnv>, error: string): Response {
  c.header("WWW-Authenticate", "Bearer");
  return c.json({ error }, 401);
}
