// The headers of every response. Even if hostile text got past the escaping, a browser would not run or load any of it.

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ");

/** A response may override one, for example for cached files. */
export const headersOfAll: Readonly<Record<string, string>> = {
  "Content-Security-Policy": policy,
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  // Sends nothing to other sites, like no-referrer; but under no-referrer the Origin of our forms would be `null`.
  "Referrer-Policy": "same-origin",
  "Cache-Control": "no-store",
};
