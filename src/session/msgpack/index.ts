// A conversation in MessagePack without its socket: `Exchange` takes and gives messages.
export { commandForms } from "./command-forms.ts";
export { Exchange, type Operation } from "./exchange.ts";
export { fieldText, requiredField, requiredMap, requiredTextField } from "./fields.ts";
export { shownMessage } from "./shown-message.ts";
