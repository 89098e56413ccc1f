// Tests that need Debian trees in namespaces. Where there can be none they are not run, and their names say why.
import { describe } from "vitest";
import { describeWithMaster } from "../masters/support/availability.ts";
import { noDebianTree } from "../support/debian-machine.ts";

export function describeOnDebian(name: string, body: () => void): void {
  describe.skipIf(noDebianTree !== "")(`${name}${noDebianTree}`, body);
}

/** With a real master as well. */
export function describeOnMachine(name: string, body: () => void): void {
  if (noDebianTree === "") describeWithMaster(name, body);
  else describeOnDebian(name, body);
}
