// Explains a system error of connecting in words, with its code.

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset by the peer",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network unreachable",
  ETIMEDOUT: "no answer",
  EADDRNOTAVAIL: "this host does not have the local address, or no local port is free",
  EACCES: "permission denied",
  ENOENT: "no such file",
  ENOTSOCK: "not a socket",
  ENOTFOUND: "unknown host name",
  EAI_AGAIN: "the name servers do not answer",
  EMFILE: "too many open files",
};

/** `connection refused (ECONNREFUSED 127.0.0.1:9989)`; one clause for each of several addresses. */
export function systemCause(error: unknown): string {
  // A name with several addresses fails with an AggregateError that has no message of its own.
  if (error instanceof AggregateError) return error.errors.map(systemCause).join("; ");
  if (!(error instanceof Error)) return String(error);
  const { code, address, port } = error as Error & { code?: unknown; address?: unknown; port?: unknown };
  if (typeof code !== "string") return error.message;
  const place = typeof address === "string" ? ` ${address}${typeof port === "number" ? `:${port}` : ""}` : "";
  const text = words[code];
  return text === undefined ? error.message : `${text} (${code}${place})`;
}
