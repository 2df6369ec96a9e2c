/** A chat page as the guides show it: the messages in a state, each text given to react-markdown, the end kept in view. */
import { type FormEvent, type KeyboardEvent, useEffect, useRef, useState } from "react";
import { createRoot } from "react-dom/client";
import Markdown from "react-markdown";
import remarkGfm from "remark-gfm";

function App() {
  const [messages, setMessages] = useState<string[]>(() =>
    JSON.parse(localStorage.getItem("messages") ?? "[]"),
  );
  const [draft, setDraft] = useState("");
  const end = useRef<HTMLDivElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is shown has grown
  useEffect(() => {
    // In new browsers it answers with a promise, which is nothing to clean up by.
    void end.current?.scrollIntoView();
  }, [messages]);

  async function send(event: FormEvent | KeyboardEvent): Promise<void> {
    event.preventDefault();
    setDraft("");
    setMessages((all) => [...all, draft, ""]);
    const response = await fetch("/v1/chat/completions", { method: "POST", body: JSON.stringify({ draft }) });
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ; ) {
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + value).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        if (!line.startsWith("data: {")) continue;
        const text: string = JSON.parse(line.slice(6)).choices[0].delta.content ?? "";
        setMessages((all) => [...all.slice(0, -1), all.at(-1) + text]);
      }
    }
  }

  return (
    <>
      {messages.map((text, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: messages are only added
        <article key={index}>
          <Markdown remarkPlugins={[remarkGfm]}>{text}</Markdown>
        </article>
      ))}
      <div ref={end} />
      <form onSubmit={send}>
        <textarea
          aria-label="Message"
          value={draft}
          onChange={({ target }) => setDraft(target.value)}
          onKeyDown={(event) => event.key === "Enter" && void send(event)}
        />
      </form>
    </>
  );
}

createRoot(document.getElementById("root")!).render(<App />);
