// The emulator's own server-sent-event encoder: strict form only, LF, one data line a record, as the services write
// it. It shares no code with the client's parser, so that one mistake can't hide on both sides.

const encoder = /* @__PURE__ */ new TextEncoder();

export function encodeText(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** `json` must be the output of JSON.stringify: it then holds no raw CR or LF and stays on one line. */
export function dataRecord(json: string): string {
  return `data: ${json}\n\n`;
}

/** `event` is always a constant of this folder, never a caller's text. */
export function namedRecord(event: string, json: string): string {
  return `event: ${event}\ndata: ${json}\n\n`;
}

export const DONE_RECORD = "data: [DONE]\n\n";
export const PING_RECORD = ": ping\n\n";
