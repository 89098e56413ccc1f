// Programs on pseudo-terminals (PTYs): `ptySource` starts them with the binding that `holdPtyBinding` loads.
export { type HeldPtyBinding, holdPtyBinding } from "./pty-binding.ts";
export { ptySource } from "./pty-child.ts";
