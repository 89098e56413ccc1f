// The MessagePack protocol without a socket: `Exchange` exchanges messages.
export { commandForms } from "./command-forms.ts";
export { Exchange, type Operation } from "./exchange.ts";
export { fieldText, requiredField, requiredMap, requiredTextField } from "./fields.ts";
export { shownMessage } from "./shown-message.ts";
