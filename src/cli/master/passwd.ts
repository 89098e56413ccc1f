// buildhand master passwd: reads a password and prints its hash, for adminPassword in master.yaml.
import { hashOfPassword } from "../../master/index.ts";
import { givenPassword } from "../password.ts";

export async function printPasswordHash(): Promise<number> {
  console.log(await hashOfPassword(await givenPassword("-", undefined)));
  return 0;
}
