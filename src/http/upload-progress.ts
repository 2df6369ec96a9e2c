/**
 * How much of a body has gone out, counted on its way. Only where a stream can be sent, because counting makes one of any
 * body: elsewhere the body goes as it is, and nothing is told.
 */
import type { Operation, UploadProgress } from "./request.ts";
import { canSendStream } from "./sendable.ts";

/** What a part of a form takes beside its value: boundary, line ends and the header of its name. */
const PART_BYTES = 100;

/**
 * The request with its body counted: `tell` hears of each piece that was taken, and of the end.
 *
 * @param own whether the runtime's own fetch sends it.
 */
export function counted(
  request: Request,
  body: Operation["body"],
  own: boolean,
  tell: (progress: UploadProgress) => void,
): Request {
  // In this order: WebKit can no longer send a form whose stream has been looked at.
  if (!canSendStream(own ? request.url : undefined) || !request.body) return request;
  const size = sizeOf(body);
  let transferredBytes = 0;
  const report = (percent: number): void =>
    tell({ transferredBytes, totalBytes: Math.max(size, transferredBytes), percent });
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(piece, controller) {
      controller.enqueue(piece);
      transferredBytes += piece.byteLength;
      // The size of a form is an estimate: the whole of it is told by its end alone.
      report(size ? Math.min(transferredBytes / size, 1 - Number.EPSILON) : 0);
    },
    flush() {
      report(1);
    },
  });
  const init = { body: request.body.pipeThrough(counter), duplex: "half" };
  return new Request(request, init);
}

function sizeOf(body: Operation["body"]): number {
  if (typeof body === "string") return new TextEncoder().encode(body).byteLength;
  if (body instanceof Uint8Array) return body.byteLength;
  if (!(body instanceof FormData)) return 0;
  let size = 0;
  for (const [name, value] of body)
    size += PART_BYTES + name.length + (typeof value === "string" ? value.length : value.size);
  return size;
}
