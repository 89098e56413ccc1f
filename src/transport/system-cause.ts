// Why the system could not connect, in words, with the system's own name for it.

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "the connection was broken off",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "the network cannot be reached",
  ETIMEDOUT: "no answer",
  EADDRNOTAVAIL: "this host does not have the address to connect from, or no port left",
  EACCES: "permission denied",
  ENOENT: "no such file",
  ENOTSOCK: "not a socket",
  ENOTFOUND: "the name is not known",
  EAI_AGAIN: "the name servers do not answer",
  EMFILE: "too many open files",
};

/** `connection refused (ECONNREFUSED 127.0.0.1:9989)`; of several addresses each has its own. */
export function systemCause(error: unknown): string {
  // A name with several addresses fails with one error that holds the others and has no text of its own.
  if (error instanceof AggregateError) return error.errors.map(systemCause).join("; ");
  if (!(error instanceof Error)) return String(error);
  const { code, address, port } = error as Error & { code?: unknown; address?: unknown; port?: unknown };
  if (typeof code !== "string") return error.message;
  const place = typeof address === "string" ? ` ${address}${typeof port === "number" ? `:${port}` : ""}` : "";
  const text = words[code];
  return text === undefined ? error.message : `${text} (${code}${place})`;
}
