// What the page shows before the first message: what it is, and four questions that are one press away.
const EXAMPLES = [
  "How can a web page call a model without holding its key?",
  "Write a Fibonacci function in TypeScript",
  "Make a table comparing WebSockets, server-sent events and polling",
  "Write 300 words about a lighthouse keeper",
] as const;

interface EmptyStateProps {
  ready: boolean;
  onPick(prompt: string): void;
  /** Somebody is about to pick. */
  onAim(): void;
}

export function EmptyState({ ready, onPick, onAim }: EmptyStateProps) {
  return (
    <section className="empty" aria-labelledby="empty-title">
      <h2 id="empty-title" className="empty-title">
        What would you like to ask?
      </h2>
      <p className="empty-lead">
        Your message goes to a worker that holds the model's key. Nothing is stored: closing the page ends the
        conversation.
      </p>
      <ul className="examples" onPointerEnter={onAim} onFocus={onAim}>
        {EXAMPLES.map((prompt) => (
          <li key={prompt}>
            <button type="button" className="example" disabled={!ready} onClick={() => onPick(prompt)}>
              {prompt}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
