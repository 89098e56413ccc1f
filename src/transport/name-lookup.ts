// Resolves a host name within a deadline; falls back to its last known addresses when there is no answer.
import { isIP } from "node:net";
import { type FoundAddress, type KnownNames, systemNames } from "./known-names.ts";
import { type ConnectOptions, lateSentence, runStage } from "./stage.ts";
import { systemCause } from "./system-cause.ts";

/** Wait before the fallback to known addresses; resolvers wait five seconds for each server. */
const KNOWN_NAME_WAIT_MS = 15_000;

export interface LookupResult {
  /** At least one, in the system's order of preference. */
  readonly addresses: readonly FoundAddress[];
  /** Set when they are from an earlier lookup: `no answer for the name …`. */
  readonly doubt?: string;
}

/** The addresses of a name; an IP address is returned as it is, without a stage. */
export async function addressesOf(
  { host, timeoutMs }: { readonly host: string; readonly timeoutMs: number },
  options: ConnectOptions,
  names: KnownNames = systemNames,
): Promise<LookupResult> {
  const family = isIP(host);
  if (family !== 0) return { addresses: [{ address: host, family }] };
  const late = `no answer for the name ${host}`;
  const areStuck = names.probeThreads();
  const lateNote = () =>
    areStuck()
      ? ", because all of the worker's threads for file and name lookups are blocked, for example by files on a dead NFS server"
      : "";
  const plan = { stage: "name lookup", timeoutMs, late, lateNote } as const;
  return runStage<LookupResult>(plan, options, ({ succeed, fail }) => {
    names.lookUp(host).then(
      (addresses) => {
        if (addresses.length === 0) fail(`${host}: no addresses`);
        else {
          options.onFound?.(`${host} is ${addresses.map(({ address }) => address).join(", ")}`);
          succeed({ addresses });
        }
      },
      (error: unknown) => fail(`${host}: ${systemCause(error)}`, error),
    );
    const known = names.lastFound(host);
    if (known === undefined) return () => {};
    const waitMs = Math.min(timeoutMs, KNOWN_NAME_WAIT_MS);
    const timer = options.clock.after(waitMs, () => {
      const doubt = lateSentence({ ...plan, timeoutMs: waitMs });
      const shown = known.map(({ address }) => address).join(", ");
      names.warnOnce(host, () => options.onWarning(`name lookup: ${doubt}; trying its last known addresses: ${shown}`));
      succeed({ addresses: known, doubt });
    });
    return () => timer.cancel();
  });
}
