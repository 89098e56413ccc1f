// The pages of the status site, one function each.
export { buildPage } from "./build.ts";
export { builderPage, LONGEST_REASON } from "./builder.ts";
export { LONGEST_SEARCH, logPage } from "./log.ts";
export { loginPage } from "./login.ts";
export { overviewPage } from "./overview.ts";
export { problemPage } from "./problem.ts";
export { searchPage } from "./search.ts";
export { workerPage } from "./worker.ts";
export { workersPage } from "./workers.ts";
