// Speech into the draft: the microphone is asked for, what is said is recorded, written down and put where the message
// is written. Each state says what it is and how to leave it.
import "./voice-panel.css";
import { useEffect, useRef, useState } from "react";
import type { Connection } from "../connection.ts";
import { describeFailure } from "../failure.ts";
import { t } from "../i18n.ts";
import { type Recording, startRecording } from "./recorder.ts";
import { clock, MAX_RECORDING_MS } from "./recording-time.ts";
import { transcribe } from "./transcribe.ts";

interface VoicePanelProps {
  connection: Connection;
  model: string;
  onText(text: string): void;
  onCancel(): void;
}

type State =
  | { readonly name: "asking" | "recording" | "writing" }
  | { readonly name: "failed"; readonly title: string; readonly advice: string };

const TICK_MS = 250;

export function VoicePanel({ connection, model, onText, onCancel }: VoicePanelProps) {
  const [state, setState] = useState<State>({ name: "asking" });
  const [elapsedMs, setElapsedMs] = useState(0);
  const [round, setRound] = useState(0);
  const recording = useRef<Recording | null>(null);
  const abort = useRef(new AbortController());
  const main = useRef<HTMLButtonElement>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round is what begins anew
  useEffect(() => {
    const own = new AbortController();
    abort.current = own;
    setState({ name: "asking" });
    setElapsedMs(0);
    startRecording(own.signal).then(
      (started) => {
        recording.current = started;
        setState({ name: "recording" });
      },
      (error: unknown) => own.signal.aborted || setState(refusal(error)),
    );
    return () => {
      own.abort();
      recording.current?.cancel();
      recording.current = null;
    };
  }, [round]);

  const isRecording = state.name === "recording";
  useEffect(() => {
    if (!isRecording) return;
    main.current?.focus();
    const startedAt = performance.now();
    const timer = setInterval(() => setElapsedMs(performance.now() - startedAt), TICK_MS);
    return () => clearInterval(timer);
  }, [isRecording]);

  const isOver = isRecording && elapsedMs >= MAX_RECORDING_MS;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the time being up is what ends it
  useEffect(() => {
    if (isOver) void finish();
  }, [isOver]);

  async function finish(): Promise<void> {
    const { signal } = abort.current;
    const started = recording.current;
    if (started === null) return;
    recording.current = null;
    setState({ name: "writing" });
    try {
      const text = await transcribe(connection, model, await started.finish(), signal);
      if (signal.aborted) return;
      if (text === "")
        setState({ name: "failed", title: t("Nothing was heard."), advice: t("Speak, then press Done.") });
      else onText(text);
    } catch (error) {
      if (signal.aborted) return;
      const { title, advice } = describeFailure(error, false);
      setState({ name: "failed", title, advice });
    }
  }

  if (state.name === "failed") {
    return (
      <div className="voice" role="alert">
        <p className="voice-state">{state.title}</p>
        <p className="panel-note">{state.advice}</p>
        <div className="panel-actions">
          <button type="button" className="quiet-button outlined" onClick={() => setRound((one) => one + 1)}>
            {t("Try again")}
          </button>
        </div>
      </div>
    );
  }
  return (
    <div className="voice">
      <p className="voice-state" role="status">
        {isRecording ? <span className="voice-dot" aria-hidden="true" /> : null}
        {stateText(state.name)}
        {isRecording ? (
          <span className="voice-time" role="timer">
            {clock(elapsedMs)}
          </span>
        ) : null}
      </p>
      <p className="panel-note">{noteText(state.name, model)}</p>
      <div className="panel-actions">
        {isRecording ? (
          <button ref={main} type="button" className="main-button" onClick={finish}>
            {t("Done")}
          </button>
        ) : null}
        <button type="button" className="quiet-button outlined" onClick={onCancel}>
          {t("Cancel")}
        </button>
      </div>
    </div>
  );
}

function stateText(name: "asking" | "recording" | "writing"): string {
  if (name === "asking") return t("Waiting for the microphone");
  return name === "recording" ? t("Recording") : t("Writing it down");
}

function noteText(name: "asking" | "recording" | "writing", model: string): string {
  if (name === "asking") return t("The browser asks whether this page may use it.");
  if (name === "writing") return t("{model} writes down what you said.", { model });
  return t(
    "At most {time}. What you say becomes text in your message; you can correct it before you send it.",
    {
      time: clock(MAX_RECORDING_MS),
    },
  );
}

function refusal(error: unknown): State {
  const { name } = Object(error) as { name?: unknown };
  const failed = (title: string, advice: string): State => ({ name: "failed", title, advice });
  switch (name) {
    case "NotAllowedError":
      return failed(
        t("The microphone is not allowed."),
        t("Allow it for this page in the browser's settings, beside the address, then try again."),
      );
    case "NotFoundError":
      return failed(t("No microphone was found."), t("Connect one, then try again."));
    case "NotReadableError":
      return failed(t("The microphone is in use."), t("Close the program that uses it, then try again."));
    default:
      return failed(t("This browser cannot record."), t("Write your message, or use another browser."));
  }
}
