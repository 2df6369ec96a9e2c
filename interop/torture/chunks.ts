/** The chunks of a chat completion, as text of an event stream. */

/** The answer that every healthy stream gives; each of its pieces has a character of another width. */
export const PIECES = ["Grüße ", "aus ", "東京 ", "und ", "🌍🏽 ", "Ende."];
export const TEXT = PIECES.join("");

const BASE = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1790000000, model: "gpt-test" };

/** A chunk with one choice. */
export function delta(delta: object | null, more: object = {}): object {
  return { ...BASE, choices: [{ index: 0, ...(delta && { delta }), finish_reason: null, ...more }] };
}

export const content = (text: string): object => delta({ content: text });
export const finish = (reason = "stop"): object => delta({}, { finish_reason: reason });
export const usage = (total: number): object => ({
  ...BASE,
  choices: [],
  usage: { prompt_tokens: 3, completion_tokens: total - 3, total_tokens: total },
});

/** A value as an event. */
export const event = (value: object | string): string =>
  `data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`;

export const DONE = "data: [DONE]\n\n";
export const FIRST = event(delta({ role: "assistant", content: "" }));

/** Events of the whole answer without its end. */
export const SAID: readonly string[] = [FIRST, ...PIECES.map((piece) => event(content(piece)))];
/** The beginning of the answer, and the text in it. */
export const HALF = SAID.slice(0, 4).join("");
export const HEARD = PIECES.slice(0, 3).join("");
/** The answer with everything that belongs to its end. */
export const ANSWER: readonly string[] = [...SAID, event(finish()), DONE];
/** All of it in one piece. */
export const BODY = ANSWER.join("");

/** What a server answers that doesn't stream. */
export const COMPLETION = JSON.stringify({
  ...BASE,
  object: "chat.completion",
  choices: [{ index: 0, message: { role: "assistant", content: TEXT }, finish_reason: "stop" }],
  usage: { prompt_tokens: 3, completion_tokens: 9, total_tokens: 12 },
});

/** The body of an error, as OpenAI's and Azure's services write it. */
export const failure = (code: string, message: string): object => ({
  error: { code, message, type: "server_error", param: null },
});
