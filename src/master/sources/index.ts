// Where changes come from: pollers of git repositories, and hooks.
export { ChangeSources } from "./change-sources.ts";
export { HOOK_LIMIT_BYTES, ownerAndName, signatureOf } from "./hook-message.ts";
