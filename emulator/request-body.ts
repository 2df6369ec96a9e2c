// The body of a request as a stream. A Request has no `body` in Firefox: there it is read whole, then handed out.

export function bodyOf(request: Request): ReadableStream<Uint8Array<ArrayBuffer>> | null {
  const body: ReadableStream<Uint8Array<ArrayBuffer>> | null | undefined = request.body;
  if (body !== undefined) return body;
  if (request.method === "GET" || request.method === "HEAD") return null;
  return new ReadableStream({
    async pull(controller) {
      const bytes = await request.arrayBuffer();
      if (bytes.byteLength > 0) controller.enqueue(new Uint8Array(bytes));
      controller.close();
    },
  });
}
