// Which of two ways an outgoing message takes. What a peer waits for must not stand behind megabytes of output.

/** `prompt` overtakes whatever waits on `bulk`; each lane keeps its own order. */
export type Lane = "prompt" | "bulk";
