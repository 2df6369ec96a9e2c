/** Whether this runtime can send a stream. Not every one says so: some send another thing in its place. */
import { isBrowser } from "./options.ts";

/**
 * Whether a request can have a stream for a body. Firefox and WebKit make the text "[object ReadableStream]" of one, and
 * text has a type. Chromium sends streams over HTTP/2 only, which pages have over TLS only.
 *
 * @param url where the runtime's own fetch is to send it; not given for any other fetch.
 */
export function canSendStream(url?: string): boolean {
  if (url?.startsWith("http:") && isBrowser()) return false;
  const init = { method: "POST", body: new ReadableStream(), duplex: "half" };
  return !new Request("https://empty.invalid", init).headers.has("content-type");
}

/** @throws {TypeError} where a stream can't be sent; what it is told of an address is as for {@link canSendStream}. */
export function checkStream(url: string | undefined): void {
  if (!canSendStream(url))
    throw new TypeError("This browser can't send a stream here: read it into memory, as toFile() does.");
}
