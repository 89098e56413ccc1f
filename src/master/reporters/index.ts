// Results that go out: commit statuses and webhooks.
export { Reporters } from "./reporters.ts";
