// Why a TLS conversation broke, in words, from the errors of OpenSSL.

/** What the other side says by an alert, by its number in RFC 8446 and before. */
const alerts: Readonly<Record<number, string>> = {
  40: "the two sides have no kind of encryption in common, or it wants a certificate of this worker",
  42: "it does not accept this worker's certificate",
  43: "it does not accept this worker's kind of certificate",
  44: "it says that this worker's certificate was revoked",
  45: "it says that this worker's certificate has expired",
  46: "it does not accept this worker's certificate",
  48: "it does not know the authority that signed this worker's certificate",
  49: "it does not let this worker's certificate in",
  70: "the two sides have no version of TLS in common; expected 1.2 or 1.3",
  71: "it wants stronger encryption",
  112: "it does not know the name that it was asked for",
  116: "it wants a certificate of this worker; set one in the endpoint string",
};

/** Those that are about the certificate of this worker, or that it has none. */
const ABOUT_OUR_CERTIFICATE = new Set([42, 43, 44, 45, 46, 48, 49, 116]);

/** OpenSSL's reasons when what it got is no TLS. */
const NOT_TLS =
  /wrong version number|packet length too long|unexpected message|bad record type|record layer failure|http request/i;

/** Whether the other side answered in something that is no TLS. */
export function isNotTls(error: Error): boolean {
  return NOT_TLS.test(reasonOf(error)) && alertOf(error) === undefined;
}

/** Whether the other side wants a certificate of this worker, or does not take the one that it got. */
export function isAboutOurCertificate(error: Error): boolean {
  return ABOUT_OUR_CERTIFICATE.has(alertOf(error) ?? -1);
}

/** A clause such as `it wants a certificate of this worker`, or undefined when `error` is not of TLS. */
export function tlsReason(error: Error): string | undefined {
  const alert = alertOf(error);
  if (alert !== undefined) return alerts[alert] ?? `it broke off with TLS alert ${alert}`;
  return isOfOpenSsl(error) ? reasonOf(error) : undefined;
}

function alertOf(error: Error): number | undefined {
  const number = /SSL alert number (\d+)/.exec(error.message)?.[1];
  return number === undefined ? undefined : Number(number);
}

function isOfOpenSsl(error: Error): boolean {
  return "code" in error && typeof error.code === "string" && /^ERR_SSL_|^EPROTO$/.test(error.code);
}

/** Node.js has it as a property; it is the sixth part of OpenSSL's own text. */
function reasonOf(error: Error): string {
  if ("reason" in error && typeof error.reason === "string") return error.reason;
  return /:error:[0-9A-F]+:[^:]*:[^:]*:([^:]*):/i.exec(error.message)?.[1] ?? error.message;
}
