// Troubles: what can be wrong, what it means and what to do, by the codes of errors and findings.
export { type ChecklistPoint, checklist, checklistPoints } from "./checklist.ts";
export { troubleCodes, troubles } from "./troubles.ts";
