// A chat component for React: send, stop, and the answer while it arrives. The page holds no key; the worker at
// `url` gives it short-lived tokens. Use it as <Chat url="https://my-worker.example.workers.dev" />.
import { ChatCompletionsClient, LatchkeyError, workerSession } from "latchkey";
import { type SubmitEvent, useEffect, useMemo, useRef, useState } from "react";

interface Message {
  role: "user" | "assistant";
  content: string;
}

export function Chat({ url, model = "gpt-5-mini" }: { url: string; model?: string }) {
  const client = useMemo(() => new ChatCompletionsClient(`${url}/models`, workerSession(url)), [url]);
  const [messages, setMessages] = useState<Message[]>([]);
  const [problem, setProblem] = useState("");
  const [busy, setBusy] = useState(false);
  const running = useRef<AbortController>(undefined);

  // Leaving the page or the component ends the call as well.
  useEffect(() => () => running.current?.abort(), []);

  async function send(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const question: Message = { role: "user", content: String(new FormData(form).get("question")) };
    const asked = [...messages, question];
    form.reset();
    setMessages(asked);
    setProblem("");
    setBusy(true);
    running.current = new AbortController();
    try {
      const { signal } = running.current;
      const stream = await client.complete({ model, messages: asked, stream: true }, { signal });
      let content = "";
      for await (const text of stream.text()) {
        content += text;
        setMessages([...asked, { role: "assistant", content }]);
      }
    } catch (error) {
      // What arrived before Stop or a lost connection stays on the page.
      if (!(error instanceof LatchkeyError)) throw error;
      if (error.kind !== "aborted") setProblem(error.message);
    } finally {
      setBusy(false);
    }
  }

  return (
    <section>
      <ol aria-live="polite">
        {messages.map(({ role, content }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: messages are only ever appended
          <li key={index} data-role={role}>
            {content}
          </li>
        ))}
      </ol>
      {problem && <p role="alert">{problem}</p>}
      <form onSubmit={send}>
        <input name="question" aria-label="Message" required disabled={busy} />
        <button type="submit" disabled={busy}>
          Send
        </button>
        <button type="button" disabled={!busy} onClick={() => running.current?.abort()}>
          Stop
        </button>
      </form>
    </section>
  );
}
