// From the name of a host to its addresses, within a deadline; those that it had last do when there is no answer.
import { isIP } from "node:net";
import { type FoundAddress, type KnownNames, systemNames } from "./known-names.ts";
import { type ConnectOptions, lateSentence, runStage } from "./stage.ts";
import { systemCause } from "./system-cause.ts";

/** An answer is not waited for any longer when the name had addresses before; a resolver asks each server for five seconds. */
const KNOWN_NAME_WAIT_MS = 15_000;

export interface LookupResult {
  /** At least one, in the order in which the system wants them tried. */
  readonly addresses: readonly FoundAddress[];
  /** Why they are those of an earlier lookup, if they are: `no answer for the name …`. */
  readonly doubt?: string;
}

/** The addresses of a name; an IP address is its own, without a stage. */
export async function addressesOf(
  { host, timeoutMs }: { readonly host: string; readonly timeoutMs: number },
  options: ConnectOptions,
  names: KnownNames = systemNames,
): Promise<LookupResult> {
  const family = isIP(host);
  if (family !== 0) return { addresses: [{ address: host, family }] };
  const late = `no answer for the name ${host}`;
  const areStuck = names.askThreads();
  const lateNote = () =>
    areStuck()
      ? ", since all threads of the worker for files and names are held up by files that do not answer, as those of a dead NFS server"
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
      names.tellOnce(host, () => options.onWarning(`name lookup: ${doubt}; trying what it had last: ${shown}`));
      succeed({ addresses: known, doubt });
    });
    return () => timer.cancel();
  });
}
