// Runs a master in this process: loaded late, since the process that starts one in the background only checks its file.
export { runMaster } from "../../daemon/index.ts";
