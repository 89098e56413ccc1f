// Access control of the status page: sessions, origins, forms.
export { receiveForm } from "./form.ts";
export { headersOfAll } from "./headers.ts";
export { hostInUrl, isOwnHost } from "./origins.ts";
export { refusedReader, refusedToken } from "./reader.ts";
export { giveVisitorId, hasPassword, peerAddress, visitOf, visitorIdForForm } from "./visitor.ts";
