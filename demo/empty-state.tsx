// What the page shows before the first message: what it is, and four questions that are one press away.
import { phrase, t } from "./i18n.ts";

const EXAMPLES = [
  phrase("How can a web page call a model without holding its key?"),
  phrase("Write a Fibonacci function in TypeScript"),
  phrase("Make a table comparing WebSockets, server-sent events and polling"),
  phrase("Write 300 words about a lighthouse keeper"),
] as const;

interface EmptyStateProps {
  /** The address names a conversation that is not here. */
  missing: boolean;
  ready: boolean;
  onPick(prompt: string): void;
  /** Somebody is about to pick. */
  onAim(): void;
}

export function EmptyState({ missing, ready, onPick, onAim }: EmptyStateProps) {
  return (
    <section className="empty" aria-labelledby="empty-title">
      {missing ? (
        <p className="missing" role="status">
          {t("This conversation is not in this browser. It was deleted, or it lies in another one.")}
        </p>
      ) : null}
      <h2 id="empty-title" className="empty-title">
        {t("What would you like to ask?")}
      </h2>
      <p className="empty-lead">
        {t(
          "Your message goes to a worker that holds the model's key. Conversations stay in this browser, and nowhere else.",
        )}
      </p>
      <ul className="examples" onPointerEnter={onAim} onFocus={onAim}>
        {EXAMPLES.map((prompt) => (
          <li key={prompt}>
            <button type="button" className="example" disabled={!ready} onClick={() => onPick(t(prompt))}>
              {t(prompt)}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
