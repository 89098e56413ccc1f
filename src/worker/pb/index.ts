// The worker's connection over Perspective Broker.
export { pbConnection } from "./pb-connection.ts";
export { beginsPbGreeting, endBeforeGreeting } from "./pb-greeting.ts";
