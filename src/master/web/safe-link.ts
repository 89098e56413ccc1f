// Which untrusted addresses may become links: a page must not run code of a worker or a build.

const OF_LOGS: ReadonlySet<string> = new Set(["http:", "https:"]);
const OF_WORKERS: ReadonlySet<string> = new Set([...OF_LOGS, "ssh:", "sftp:", "vnc:", "rdp:"]);

/** The link for an address in a log; undefined unless it is http or https. */
export function webLink(address: string): string | undefined {
  return link(address, OF_LOGS);
}

/** The link for a worker's `access_uri`; undefined for an unsafe scheme. */
export function accessLink(address: string): string | undefined {
  return link(address.trim(), OF_WORKERS);
}

function link(address: string, schemes: ReadonlySet<string>): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  return schemes.has(url.protocol) ? url.href : undefined;
}
