/** Iterators -> web streams. */

/** A stream that asks an iterator only when it's read itself; cancelling it leaves the iterator. */
export function streamOf<T>(iterator: AsyncIterator<T>): ReadableStream<T> {
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}
