// The one table of what can be wrong with a worker, its host and its way to the master: a stable code, what it means and what
// to do. `buildhand doctor` finds them, the worker's own messages name them, docs/troubleshooting.md is made of them.
import { baseDirectory } from "./base-directory.ts";
import type { Trouble } from "./checklist.ts";
import { ownHost } from "./own-host.ts";
import { wayToMaster } from "./way-to-master.ts";

const table = { ...ownHost, ...wayToMaster, ...baseDirectory };

export type TroubleCode = keyof typeof table;

export const troubles: Readonly<Record<TroubleCode, Trouble>> = table;

export const troubleCodes = Object.keys(table) as readonly TroubleCode[];
