// All lanes of the fault laboratory.
import { cableLane } from "./cable-faults.ts";
import { clockLane } from "./clock-faults.ts";
import { endingLane } from "./ending-faults.ts";
import type { Lane } from "./fault.ts";
import { masterLane, reconnectsLane } from "./master-faults.ts";
import { msgpackLanes, patientMsgpackLanes } from "./msgpack-faults.ts";
import { patientLanes, plainLane } from "./plain-faults.ts";
import { proxyLane } from "./proxy-faults.ts";
import { realMasterLanes } from "./real-master-faults.ts";
import { tlsLane } from "./tls-faults.ts";

/** Measured one after the other. */
export const quickLanes: readonly Lane[] = [
  plainLane,
  masterLane,
  proxyLane,
  tlsLane,
  cableLane,
  clockLane,
  endingLane,
  ...msgpackLanes,
  ...realMasterLanes,
];

/** They wait for minutes, all at the same time. */
export const slowLanes: readonly Lane[] = [...patientLanes, ...patientMsgpackLanes, reconnectsLane];
