// Which addresses of others may become links: a page must not run what a worker or a build wrote.

const OF_LOGS: ReadonlySet<string> = new Set(["http:", "https:"]);
const OF_WORKERS: ReadonlySet<string> = new Set([...OF_LOGS, "ssh:", "sftp:", "vnc:", "rdp:"]);

/** What to link to for an address in a log; undefined for one that is not on the web. */
export function webLink(address: string): string | undefined {
  return link(address, OF_LOGS);
}

/** What to link to for a worker's `access_uri`; undefined for a scheme that could do more than lead there. */
export function accessLink(address: string): string | undefined {
  return link(address.trim(), OF_WORKERS);
}

function link(address: string, schemes: ReadonlySet<string>): string | undefined {
  if (!URL.canParse(address)) return undefined;
  const url = new URL(address);
  return schemes.has(url.protocol) ? url.href : undefined;
}
