// Errors of a peer's calls, and of logins and connections that end.
import { define } from "../base/errors.ts";

export const sessionErrors = {
  pbVersion: define(
    "ERR_PB_VERSION",
    "protocol",
    (expected: number, got: number) => `expected Perspective Broker version ${expected}, got ${got}`,
  ),
  pbState: define("ERR_PB_STATE", "protocol", (what: string) => what),
  msgpackState: define("ERR_MSGPACK_STATE", "protocol", (what: string) => what),
  noSuchOperation: define("ERR_NO_SUCH_OPERATION", "remote", (op: string) => `Command ${op} does not exist.`),
  missingField: define(
    "ERR_MISSING_FIELD",
    "remote",
    (field: string) => `'message did not contain obligatory ${field}'`,
    { remoteType: "builtins.KeyError" },
  ),
  refusedByPeer: define(
    "ERR_REFUSED_BY_PEER",
    "remote",
    (op: string, text: string) => `the peer's ${op} failed: ${text}`,
  ),
  noSuchObject: define("ERR_NO_SUCH_OBJECT", "remote", () => "Invalid Object ID", {
    remoteType: "twisted.spread.pb.Error",
  }),
  noSuchMethod: define("ERR_NO_SUCH_METHOD", "remote", (method: string) => `No such method: remote_${method}`, {
    remoteType: "twisted.spread.flavors.NoSuchMethod",
  }),
  unauthorizedLogin: define("ERR_UNAUTHORIZED_LOGIN", "remote", () => "", {
    remoteType: "twisted.cred.error.UnauthorizedLogin",
  }),
  connectionLost: define("ERR_CONNECTION_LOST", "connection", (cause: string) => `connection lost: ${cause}`),
  deadReference: define(
    "ERR_DEAD_REFERENCE",
    "connection",
    (method: string) => `cannot call ${method}: the object's handle was released or its connection is gone`,
  ),
  remoteFailure: define(
    "ERR_REMOTE_FAILURE",
    "remote",
    (method: string, type: string, text: string) =>
      `the peer's ${method} failed: ${type}${text === "" ? "" : `: ${text}`}`,
    { remoteType: "twisted.spread.pb.RemoteError" },
  ),
  loginRefused: define(
    "ERR_LOGIN_REFUSED",
    "connection",
    (name: string) =>
      `login: unauthorized login; check worker name and password: the master does not know worker '${name}', or the password is wrong`,
    { trouble: "login-refused" },
  ),
  loginFailed: define("ERR_LOGIN_FAILED", "connection", (cause: string) => `login: the master refused it: ${cause}`, {
    trouble: "login-failed",
  }),
  loginDuplicate: define(
    "ERR_LOGIN_DUPLICATE",
    "connection",
    (name: string, cause: string) =>
      `login: the master refused it: ${cause}: another worker is connected as '${name}', or the master has not yet noticed that this worker's last connection is gone`,
    { trouble: "name-in-use" },
  ),
  builderGone: define(
    "ERR_BUILDER_GONE",
    "remote",
    (name: string) => `builder '${name}' is not in the last list of builders from this master`,
  ),
} as const;
