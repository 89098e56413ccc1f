// Stores what the long tests of relays measured last for docs/measurements/relay.md, which has a section for each of them.
import { version } from "../../src/base/version.ts";
import { readMeasurements, storeMeasurements } from "../support/measurements.ts";
import { keepsMeasurements, shownMachine } from "./limits-page.ts";

type Section = "outages" | "speed" | "sessions";

/** Replaces one section; the first row of `table` has the names of its columns. */
export function storeRelay(section: Section, table: readonly (readonly string[])[]): void {
  if (keepsMeasurements()) return;
  const machine = `Buildhand ${version}, Node.js ${process.version}, ${shownMachine()}.`;
  storeMeasurements("relay", { ...(readMeasurements("relay") as object), [section]: { machine, table } });
}
