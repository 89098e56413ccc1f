// Priority of an outgoing message. Messages that a peer waits for must not queue behind megabytes of output.

/** `prompt` overtakes messages waiting in `bulk`; each lane keeps its order. */
export type Lane = "prompt" | "bulk";
