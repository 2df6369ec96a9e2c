// What may go along with a message. The worker takes bodies of 4 MiB by default (limits.bodyBytes), a conversation sends
// its earlier attachments again, and data: URLs are a third longer than what they hold: so these stay well below.

/** As people count them. */
const MB = 1_000_000;

export const MAX_ATTACHMENTS = 8;
/** Of everything in one message, as it is sent. */
export const MAX_TOGETHER_CHARS = 3 * MB;
/** An image before it is made smaller. */
export const MAX_IMAGE_FILE_BYTES = 25 * MB;
/** Decoding takes four bytes a pixel, whatever the file's size. */
export const MAX_IMAGE_PIXELS = 50 * MB;
/** Longer sides are scaled down to this: models look at no more. */
export const MAX_IMAGE_SIDE_PX = 2_048;
/** Images that are larger than this as files are made JPEG. */
export const KEPT_IMAGE_BYTES = 1 * MB;
export const MAX_AUDIO_BYTES = 2 * MB;
export const MAX_TEXT_BYTES = 200_000;
