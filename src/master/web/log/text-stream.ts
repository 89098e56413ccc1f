// A log as a stream that reads no further than its reader does.

/** What a reader that goes away leaves unread is given up. `cut` has to break the answer off: it must not end as a whole one. */
export function logTextStream(pieces: Iterable<Uint8Array>, cut: (error: unknown) => void): ReadableStream<Uint8Array> {
  const iterator = pieces[Symbol.iterator]();
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        try {
          const piece = iterator.next();
          if (piece.done === true) controller.close();
          else controller.enqueue(piece.value);
        } catch (error) {
          cut(error);
          controller.close();
        }
      },
      cancel: () => void iterator.return?.(),
    },
    { highWaterMark: 0 },
  );
}
