// Explains OpenSSL's errors of a TLS connection in words.

/** The peer's alerts, by their numbers in RFC 8446 and its predecessors. */
const alerts: Readonly<Record<number, string>> = {
  40: "no cipher suite in common, or it requires a client certificate",
  42: "it does not accept this worker's certificate",
  43: "it does not support this worker's type of certificate",
  44: "this worker's certificate was revoked",
  45: "this worker's certificate has expired",
  46: "it does not accept this worker's certificate",
  48: "it does not know the authority that signed this worker's certificate",
  49: "it denies access to this worker's certificate",
  70: "no TLS version in common; expected 1.2 or 1.3",
  71: "it requires stronger encryption",
  112: "it does not know the requested host name",
  116: "it requires a client certificate; set one in the endpoint string",
};

/** Alerts about this worker's certificate, or the lack of one. */
const ABOUT_OUR_CERTIFICATE = new Set([42, 43, 44, 45, 46, 48, 49, 116]);

/** OpenSSL's reasons for input that is not TLS. */
const NOT_TLS =
  /wrong version number|packet length too long|unexpected message|bad record type|record layer failure|http request/i;

/** Whether the peer's answer was not TLS. */
export function isNotTls(error: Error): boolean {
  return NOT_TLS.test(reasonOf(error)) && alertOf(error) === undefined;
}

/** Whether the peer requires a client certificate, or rejected this worker's. */
export function isAboutOurCertificate(error: Error): boolean {
  return ABOUT_OUR_CERTIFICATE.has(alertOf(error) ?? -1);
}

/** A clause such as `it requires a client certificate`, or undefined when `error` is not a TLS error. */
export function tlsReason(error: Error): string | undefined {
  const alert = alertOf(error);
  if (alert !== undefined) return alerts[alert] ?? `it sent TLS alert ${alert}`;
  return isOfOpenSsl(error) ? reasonOf(error) : undefined;
}

function alertOf(error: Error): number | undefined {
  const number = /SSL alert number (\d+)/.exec(error.message)?.[1];
  return number === undefined ? undefined : Number(number);
}

function isOfOpenSsl(error: Error): boolean {
  return "code" in error && typeof error.code === "string" && /^ERR_SSL_|^EPROTO$/.test(error.code);
}

/** A property in Node.js; otherwise the sixth field of OpenSSL's own text. */
function reasonOf(error: Error): string {
  if ("reason" in error && typeof error.reason === "string") return error.reason;
  return /:error:[0-9A-F]+:[^:]*:[^:]*:([^:]*):/i.exec(error.message)?.[1] ?? error.message;
}
