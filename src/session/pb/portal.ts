// The server's side of PB login: the `root` object that challenges unauthenticated clients.
import { randomBytes, timingSafeEqual } from "node:crypto";
import { baseErrors } from "../../base/errors.ts";
import { Tuple } from "../../base/python-values.ts";
import { type JellyValue, Remote } from "../../wire/jelly/index.ts";
import { sessionErrors } from "../errors.ts";
import type { Broker } from "./broker.ts";
import { challengeResponse } from "./login.ts";
import type { IncomingCall, RemoteObject } from "./remote-object.ts";

const CHALLENGE_BYTES = 16;

export interface PortalOptions {
  /** Called late, because the broker is created with the portal as its root. */
  readonly broker: () => Broker;
  /** The password of a name, or undefined for an unknown one. */
  readonly passwordOf: (name: string) => string | undefined;
  /** Called with whether the password was right; the answer waits for the promise. */
  readonly onJudged?: (name: string, isRight: boolean) => Promise<void>;
  /** Takes over an authenticated peer: its name and the handle of its mind, which it owns. Returns the perspective. */
  readonly attach: (name: string, mind: Remote) => Promise<RemoteObject>;
}

/** Creates the `root` object. */
export function createPortal(options: PortalOptions): RemoteObject {
  return { methods: new Map([["login", (call) => challenge(options, readName(call))]]) };
}

function challenge(options: PortalOptions, name: string): JellyValue {
  const nonce = randomBytes(CHALLENGE_BYTES);
  let used = false;
  const respond = async (call: IncomingCall) => {
    const [response, mind] = call.args;
    // Each challenge can be answered once.
    const isRight = !used && matches(response, options.passwordOf(name), nonce);
    used = true;
    await options.onJudged?.(name, isRight);
    if (!isRight) throw sessionErrors.unauthorizedLogin();
    if (!(mind instanceof Remote)) throw baseErrors.badArguments("respond", "a mind that can be called", "none");
    call.keep(mind);
    return options.broker().expose(await options.attach(name, mind));
  };
  const authenticator: RemoteObject = { methods: new Map([["respond", respond]]) };
  return new Tuple<JellyValue>([nonce, options.broker().expose(authenticator)]);
}

/** In constant time, and equally long for an unknown name. */
function matches(response: JellyValue | undefined, password: string | undefined, nonce: Uint8Array): boolean {
  const expected = challengeResponse(password ?? "", nonce);
  if (!(response instanceof Uint8Array) || response.length !== expected.length) return false;
  return timingSafeEqual(response, expected) && password !== undefined;
}

function readName(call: IncomingCall): string {
  const [name] = call.args;
  if (typeof name === "string") return name;
  if (name instanceof Uint8Array) return Buffer.from(name).toString("utf8");
  throw baseErrors.badArguments("login", "a name", "none");
}
