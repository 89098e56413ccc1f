// The headers of every response. A browser that gets hostile text past the escaping still runs and loads nothing of it.

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

/** Another may be set by a response of its own, such as for files that may be kept. */
export const headersOfAll: Readonly<Record<string, string>> = {
  "Content-Security-Policy": policy,
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  // Tells other sites nothing, as no-referrer would; but under no-referrer a form's own Origin would be `null`.
  "Referrer-Policy": "same-origin",
  "Cache-Control": "no-store",
};
