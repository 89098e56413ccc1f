// The table of what can be wrong with a worker, its host and its connection to the master: the meaning of each code and what
// to do. It is used by `buildhand doctor`, by the worker's messages and for docs/reference/troubles.md.
import type { TroubleCode } from "../../base/trouble-code.ts";
import { baseDirectory } from "./base-directory.ts";
import type { Trouble } from "./checklist.ts";
import { connectionToMaster } from "./connection-to-master.ts";
import { ownHost } from "./own-host.ts";

export const troubles: Readonly<Record<TroubleCode, Trouble>> = { ...ownHost, ...connectionToMaster, ...baseDirectory };

export const troubleCodes = Object.keys(troubles) as readonly TroubleCode[];
