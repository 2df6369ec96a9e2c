// A chat component for React: questions, the answer while it arrives, stop, another answer and a way back to the first.
// The page holds no key; the worker at `url` gives it short-lived tokens. Use it as
// <Chat url="https://my-worker.example.workers.dev" />.
import { ChatCompletionsClient, workerSession } from "latchkey";
import { type AssistantMessage, mayContinue, useChat } from "latchkey/react";
import { type SubmitEvent, useMemo } from "react";

export function Chat({ url, model = "gpt-5-mini" }: { url: string; model?: string }) {
  const client = useMemo(() => new ChatCompletionsClient(`${url}/models`, workerSession(url)), [url]);
  const chat = useChat({ client, settings: { model } });
  const busy = chat.status === "waiting" || chat.status === "streaming";
  const last = chat.messages.at(-1);

  function send(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    chat.send(String(new FormData(form).get("question")));
    form.reset();
  }

  return (
    <section>
      <ol aria-live="polite">
        {chat.messages.map((message) => (
          <li key={message.id} data-role={message.role}>
            {message.text}
            {message.role === "assistant" && <Versions message={message} chat={chat} />}
          </li>
        ))}
      </ol>
      {chat.failure && (
        <p role="alert">
          {chat.failure.title} {chat.failure.advice}
        </p>
      )}
      <form onSubmit={send}>
        <input name="question" aria-label="Message" required disabled={busy} />
        <button type="submit" disabled={busy}>
          Send
        </button>
        <button type="button" disabled={!busy} onClick={chat.stop}>
          Stop
        </button>
        <button type="button" disabled={busy || !last} onClick={() => chat.regenerate()}>
          Regenerate
        </button>
        {/* What came before Stop, a lost connection or the length limit stays, and can go on. */}
        <button type="button" disabled={busy || !last || !mayContinue(last)} onClick={chat.continueAnswer}>
          Continue
        </button>
      </form>
      <p>{chat.usage.completion} tokens so far</p>
    </section>
  );
}

/** Every answer to a question is kept; this leads from one to the next. */
function Versions({ message, chat }: { message: AssistantMessage; chat: ReturnType<typeof useChat> }) {
  const { ids, index } = chat.siblings(message.id);
  const next = ids[(index + 1) % ids.length];
  if (ids.length < 2 || next === undefined) return null;
  return (
    <button type="button" onClick={() => chat.switchTo(next)}>
      Answer {index + 1} of {ids.length}
    </button>
  );
}
