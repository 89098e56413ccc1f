// The API of the master, in Buildbot's forms.
export { addApiRoutes } from "./routes.ts";
