// An approximate tokeniser. It is not any model's vocabulary: words are cut into pieces of at most six letters with
// their leading space, CJK characters and emoji stand alone. What matters is that the pieces joined give the text
// back, that the same text always gives the same pieces, and that every usage figure is counted from them.

import type { ChatMessage, ChatRequest } from "./request.ts";

const PIECE =
  / ?[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]| ?[\p{L}\p{M}]{1,6}| ?\p{N}{1,3}|\n+|[ \t]{2,}|[\s\S]/gu;

export function tokenise(text: string): string[] {
  return text.match(PIECE) ?? [];
}

export function countTokens(text: string): number {
  let count = 0;
  PIECE.lastIndex = 0;
  while (PIECE.test(text)) count++;
  return count;
}

/** Where each token ends, in UTF-16 positions: for texts too long to be held in pieces. */
export function tokenEnds(text: string): readonly number[] {
  const ends: number[] = [];
  PIECE.lastIndex = 0;
  while (PIECE.test(text)) ends.push(PIECE.lastIndex);
  return ends;
}

// The framing overhead OpenAI documents for its chat models: three tokens a message, three for the reply's start.
const TOKENS_PER_MESSAGE = 3;
const TOKENS_PER_REPLY = 3;
const IMAGE_TOKENS = { low: 85, auto: 255, high: 765 } as const;
const AUDIO_TOKENS = 100;

function countMessage(message: ChatMessage): number {
  let tokens = TOKENS_PER_MESSAGE + countTokens(message.text);
  for (const image of message.images) tokens += IMAGE_TOKENS[image.detail];
  tokens += message.audioParts * AUDIO_TOKENS;
  for (const call of message.toolCalls) tokens += 1 + countTokens(call.name) + countTokens(call.arguments);
  return tokens;
}

export function countPrompt(request: ChatRequest): number {
  let tokens = TOKENS_PER_REPLY;
  for (const message of request.messages) tokens += countMessage(message);
  for (const tool of request.tools) tokens += countTokens(JSON.stringify(tool));
  if (request.responseFormat.type === "json_schema") {
    tokens += countTokens(JSON.stringify(request.responseFormat.schema));
  }
  return tokens;
}
