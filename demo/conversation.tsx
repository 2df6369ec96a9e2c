// The turns so far, as a log that is not live (see announcer.tsx for what is announced instead).
import { memo } from "react";
import { Answer } from "./answer.tsx";
import type { Turn } from "./chat-state.ts";

interface ConversationProps {
  turns: readonly Turn[];
  answering: boolean;
  onRetry(): void;
}

export function Conversation({ turns, answering, onRetry }: ConversationProps) {
  return (
    <div className="conversation" role="log" aria-live="off" aria-busy={answering} aria-label="Conversation">
      {turns.map((turn, index) => (
        <TurnView key={turn.id} turn={turn} onRetry={index === turns.length - 1 ? onRetry : null} />
      ))}
    </div>
  );
}

const TurnView = memo(function TurnView({ turn, onRetry }: { turn: Turn; onRetry: (() => void) | null }) {
  const newest = turn.attempts.at(-1);
  return (
    <div className="turn">
      <div className="question">
        <h2 className="visually-hidden">You</h2>
        <p className="question-text" dir="auto">
          {turn.prompt}
        </p>
      </div>
      {turn.attempts.map((attempt) => {
        const mayRetry = attempt === newest && ["stopped", "cut", "failed"].includes(attempt.phase);
        return <Answer key={attempt.id} attempt={attempt} onRetry={mayRetry ? onRetry : null} />;
      })}
    </div>
  );
});
