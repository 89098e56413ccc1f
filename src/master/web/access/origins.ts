// Checks the headers Host and Origin: whether a request is meant for this site, and whether a form is our own. Pure.
import type { WebConfig } from "../../master-config.ts";

/** Where the page listens, and its public address. */
type Place = Pick<WebConfig, "host" | "url">;

/**
 * Protects a page on loopback against DNS rebinding: another site's name can resolve to this machine, but the browser
 * then sends that name, so only loopback names and the configured names are served. On other addresses the valid names
 * are not known.
 */
export function isOwnHost(host: string | undefined, place: Place): boolean {
  const url = urlOf("http:", host);
  if (url === undefined) return false;
  if (!isLoopback(place.host)) return true;
  const names = ["localhost", "127.0.0.1", "[::1]", hostInUrl(place.host)];
  return names.includes(url.hostname) || (place.url !== undefined && new URL(place.url).hostname === url.hostname);
}

/**
 * Whether a form was sent by a page of the public address, or of the same origin. The scheme is taken from Origin, since
 * a proxy may add TLS.
 */
export function isOwnOrigin(
  origin: string | undefined,
  host: string | undefined,
  { url }: Pick<Place, "url">,
): boolean {
  const sender = origin === undefined || !URL.canParse(origin) ? undefined : new URL(origin);
  if (sender === undefined || !["http:", "https:"].includes(sender.protocol)) return false;
  return (
    (url !== undefined && new URL(url).origin === sender.origin) || urlOf(sender.protocol, host)?.host === sender.host
  );
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** IPv6 addresses are in brackets in a URL. */
export function hostInUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host.toLowerCase();
}

function urlOf(protocol: string, host: string | undefined): URL | undefined {
  if (host === undefined || !/^[\w.:[\]-]+$/.test(host)) return undefined;
  const text = `${protocol}//${host}/`;
  return URL.canParse(text) ? new URL(text) : undefined;
}
