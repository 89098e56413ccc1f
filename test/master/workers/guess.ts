// Somebody who tries a wrong password at a master on loopback, over either protocol.
import { login } from "../../../src/session/pb/login.ts";
import { answerTo, basic, request } from "./raw-msgpack-client.ts";
import { meet } from "./raw-pb-client.ts";

/** Resolves to `refused`, or to `dropped` when the connection ended without an answer. */
export async function guess(protocol: "pb" | "msgpack", port: number, name = "w1"): Promise<"refused" | "dropped"> {
  if (protocol === "pb") {
    const { broker, socket } = await meet(port);
    const error: unknown = await login(broker, { name, password: "wrong" }, { methods: new Map() }).catch((e) => e);
    socket.destroy();
    return /the master broke off/.test(String(error)) ? "dropped" : "refused";
  }
  return (await answerTo(port, request(basic(`${name}:wrong`)))) === "" ? "dropped" : "refused";
}
