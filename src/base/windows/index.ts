// The rules of Windows, see system-rules.ts. Loaded only there.
export { windowsRules } from "./rules.ts";
