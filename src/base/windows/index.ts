// The rules of Windows, see system-rules.ts. Loaded only there.
export type { CodePages } from "./code-pages.ts";
export { windowsRules } from "./rules.ts";
