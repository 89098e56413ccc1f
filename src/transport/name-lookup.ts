// From the name of a host to its addresses, within a deadline: the system's own lookup, which nobody can end, runs at most
// once for a name at a time.
import { lookup as systemLookup } from "node:dns/promises";
import { isIP } from "node:net";
import { type ConnectOptions, runStage } from "./stage.ts";
import { systemCause } from "./system-cause.ts";

/** More addresses of one name than this are not tried. */
const ADDRESS_LIMIT = 16;

export interface FoundAddress {
  readonly address: string;
  /** 4 or 6. */
  readonly family: number;
}

export type Lookup = (host: string) => Promise<readonly FoundAddress[]>;

/** Lookups on their way: one that hangs holds a thread of the process, and must not get company with every attempt. */
const underWay = new Map<string, Promise<readonly FoundAddress[]>>();

/** The addresses of a name in the order in which the system wants them tried; an IP address is its own, without a stage. */
export async function addressesOf(
  { host, timeoutMs }: { readonly host: string; readonly timeoutMs: number },
  options: ConnectOptions,
  lookup: Lookup = sharedLookup,
): Promise<readonly FoundAddress[]> {
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  const plan = { stage: "name lookup", timeoutMs, late: `no answer for the name ${host}` } as const;
  return runStage(plan, options, ({ succeed, fail }) => {
    lookup(host).then(
      (found) => {
        if (found.length === 0) fail(`${host}: no addresses`);
        else succeed(found.slice(0, ADDRESS_LIMIT));
      },
      (error: unknown) => fail(`${host}: ${systemCause(error)}`, error),
    );
    return () => {};
  });
}

function sharedLookup(host: string): Promise<readonly FoundAddress[]> {
  const running = underWay.get(host);
  if (running !== undefined) return running;
  const begun = systemLookup(host, { all: true }).finally(() => underWay.delete(host));
  underWay.set(host, begun);
  return begun;
}
