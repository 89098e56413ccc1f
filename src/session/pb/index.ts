// Perspective Broker without a socket: `Broker` exchanges messages, `login` and `createPortal` are the two ends of a
// login.
export { Broker } from "./broker.ts";
export { type Credentials, login } from "./login.ts";
export { createPortal } from "./portal.ts";
export { failureOfType, remoteFailureOf } from "./remote-failure.ts";
export type { IncomingCall, RemoteMethod, RemoteObject } from "./remote-object.ts";
