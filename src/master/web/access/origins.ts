// Whether a request was meant for this page, and a form is one of its own: judged by the headers Host and Origin. Pure.

/**
 * A page on loopback is for who sits here. A site of others can have its own name lead here (DNS rebinding), but the browser
 * then sends that name; so only names of loopback and the configured one are served. Elsewhere names are not known.
 */
export function isOwnHost(host: string | undefined, configured: string): boolean {
  const url = urlOf("http:", host);
  if (url === undefined) return false;
  if (!isLoopback(configured)) return true;
  return ["localhost", "127.0.0.1", "[::1]", hostInUrl(configured)].includes(url.hostname);
}

/** Whether a form was sent by a page of this very origin. The scheme is the browser's: a proxy may have added TLS. */
export function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
  const sender = origin === undefined || !URL.canParse(origin) ? undefined : new URL(origin);
  if (sender === undefined || !["http:", "https:"].includes(sender.protocol)) return false;
  return urlOf(sender.protocol, host)?.host === sender.host;
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
}

/** An address of IPv6 stands in brackets in a URL. */
export function hostInUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host.toLowerCase();
}

function urlOf(protocol: string, host: string | undefined): URL | undefined {
  if (host === undefined || !/^[\w.:[\]-]+$/.test(host)) return undefined;
  const text = `${protocol}//${host}/`;
  return URL.canParse(text) ? new URL(text) : undefined;
}
