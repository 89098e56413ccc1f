// The table of what can be wrong with a worker, its host and its connection to the master: what each code means and what to
// do. `buildhand doctor` finds them, the worker's own messages name them, docs/troubleshooting.md is made of them.
import type { TroubleCode } from "../../base/trouble-code.ts";
import { baseDirectory } from "./base-directory.ts";
import type { Trouble } from "./checklist.ts";
import { connectionToMaster } from "./connection-to-master.ts";
import { ownHost } from "./own-host.ts";

export const troubles: Readonly<Record<TroubleCode, Trouble>> = { ...ownHost, ...connectionToMaster, ...baseDirectory };

export const troubleCodes = Object.keys(troubles) as readonly TroubleCode[];
