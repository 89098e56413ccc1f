// The worker's connection by Perspective Broker.
export { pbConnection } from "./pb-connection.ts";
export { isOfMaster, ungreetedEnd } from "./pb-greeting.ts";
