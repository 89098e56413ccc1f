// What can be wrong, what it means and what to do: the texts behind the codes that errors and findings name.
export { type ChecklistPoint, checklist, checklistPoints } from "./checklist.ts";
export { troubleCodes, troubles } from "./troubles.ts";
