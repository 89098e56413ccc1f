// The client's side of PB login: challenge and response (perspective-broker.md §4).
import { clip } from "../../base/clip.ts";
import { md5 } from "../../base/md5.ts";
import { Tuple } from "../../base/python-values.ts";
import { type JellyValue, Remote } from "../../wire/jelly/index.ts";
import { sessionErrors } from "../errors.ts";
import type { Broker } from "./broker.ts";
import { remoteFailureOf } from "./remote-failure.ts";
import type { RemoteObject } from "./remote-object.ts";

export interface Credentials {
  readonly name: string;
  readonly password: string;
}

/**
 * Logs in and resolves to the handle of the perspective. The master calls methods of `mind` before that, because it
 * attaches the worker during the login. Rejects with ERR_LOGIN_REFUSED, ERR_LOGIN_DUPLICATE, ERR_LOGIN_FAILED or
 * ERR_CONNECTION_LOST.
 */
export async function login(broker: Broker, credentials: Credentials, mind: RemoteObject): Promise<Remote> {
  try {
    const answer = await broker.call("root", "login", [Buffer.from(credentials.name)]);
    const { challenge, authenticator } = readChallenge(answer);
    const response = broker.call(authenticator, "respond", [
      challengeResponse(credentials.password, challenge),
      broker.expose(mind),
    ]);
    broker.release(authenticator);
    return readPerspective(await response);
  } catch (error) {
    throw explain(error, credentials.name);
  }
}

/** MD5(MD5(password) ‖ challenge), both raw. */
export function challengeResponse(password: string, challenge: Uint8Array): Uint8Array {
  return md5(Buffer.concat([md5(Buffer.from(password)), challenge]));
}

function readChallenge(answer: JellyValue): { challenge: Uint8Array; authenticator: Remote } {
  const [challenge, authenticator] = answer instanceof Tuple ? answer.items : [];
  if (challenge instanceof Uint8Array && authenticator instanceof Remote) return { challenge, authenticator };
  throw sessionErrors.loginFailed("its answer to login is not a challenge and an authenticator");
}

function readPerspective(answer: JellyValue): Remote {
  if (answer instanceof Remote) return answer;
  throw sessionErrors.loginFailed("its answer to respond is not a perspective");
}

function explain(error: unknown, name: string): unknown {
  const failure = remoteFailureOf(error);
  if (failure === undefined) return error;
  if (failure.type === "twisted.cred.error.UnauthorizedLogin") return sessionErrors.loginRefused.from(failure, name);
  const reason = clip(failure.message === "" ? failure.type : failure.message);
  if (reason.includes("duplicate worker")) return sessionErrors.loginDuplicate.from(failure, name, reason);
  return sessionErrors.loginFailed.from(failure, reason);
}
