// Speech to text: a file or the microphone, then what is said, with times where the model tells them.
import { type FormEvent, useEffect, useRef, useState } from "react";
import type { Recording } from "../composer/recorder.ts";
import { MAX_RECORDING_MS, clock as recordingClock } from "../composer/recording-time.ts";
import type { Connection } from "../connection.ts";
import { t } from "../i18n.ts";
import { ModelField, useModelFor } from "../rooms/model-field.tsx";
import { TaskActions } from "../rooms/task-actions.tsx";
import { useTask } from "../rooms/use-task.ts";
import type { Models } from "../use-models.ts";
import type { Transcript } from "./service.ts";
import { clock, ENDINGS, MOST_BYTES, type Refusal, refusalOf, subtitles } from "./transcript.ts";

const MIB = 1024 * 1024;
const TICK_MS = 250;

export function TranscriptionForm({ connection, models }: { connection: Connection; models: Models }) {
  const model = useModelFor(models, "transcription");
  const task = useTask();
  const [file, setFile] = useState<File | null>(null);
  const [english, setEnglish] = useState(false);
  const [refused, setRefused] = useState<string | null>(null);
  const [transcript, setTranscript] = useState<Transcript | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const translates = /whisper/i.test(model.chosen);

  function take(chosen: File | null): void {
    const refusal = chosen === null ? null : refusalOf(chosen);
    setRefused(refusal === null ? null : whyRefused(refusal));
    setFile(refusal === null ? chosen : null);
    if (refusal !== null && input.current) input.current.value = "";
  }

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (file === null || model.chosen === "") return;
    await task.run(async (signal, report) => {
      const { transcribe } = await import("./service.ts");
      setTranscript(
        await transcribe(connection, {
          ...{ model: model.chosen, file, english: english && translates, signal },
          onProgress: (part) =>
            report(
              part < 1 ? t("{percent} % sent", { percent: Math.floor(part * 100) }) : t("Writing it down"),
            ),
        }),
      );
    });
  }

  return (
    <section className="panel" aria-labelledby="transcription-title">
      <h3 id="transcription-title" className="panel-title">
        {t("Speech to text")}
      </h3>
      <form onSubmit={submit}>
        <label className="field">
          <span>{t("Recording")}</span>
          <input
            ref={input}
            type="file"
            accept={ENDINGS.map((ending) => `.${ending}`).join(",")}
            aria-describedby="transcription-hint"
            onChange={(event) => take(event.target.files?.[0] ?? null)}
          />
        </label>
        <p id="transcription-hint" className="hint">
          {t("At most {most} MiB: {endings}.", { most: MOST_BYTES / MIB, endings: ENDINGS.join(", ") })}
        </p>
        <Microphone
          onRecording={(recording) => {
            if (input.current) input.current.value = "";
            take(recording);
          }}
        />
        {file === null ? null : (
          <p className="hint">
            {t("{name}, {size} KiB", { name: file.name, size: Math.ceil(file.size / 1024) })}
          </p>
        )}
        <ModelField model={model} state={models.list.state} />
        {translates ? (
          <label className="audio-check">
            <input type="checkbox" checked={english} onChange={(event) => setEnglish(event.target.checked)} />
            <span>{t("Translate to English")}</span>
          </label>
        ) : null}
        {refused === null ? null : (
          <p role="alert" className="notice">
            {refused}
          </p>
        )}
        <TaskActions task={task} start={t("Write down")} disabled={file === null || model.chosen === ""} />
      </form>
      {transcript === null ? null : <Result transcript={transcript} />}
    </section>
  );
}

function Microphone({ onRecording }: { onRecording(file: File): void }) {
  const [elapsedMs, setElapsedMs] = useState<number | null>(null);
  const [trouble, setTrouble] = useState("");
  const recording = useRef<Recording | null>(null);
  const leaving = useRef(new AbortController());

  useEffect(() => {
    const left = new AbortController();
    leaving.current = left;
    return () => {
      left.abort();
      recording.current?.cancel();
    };
  }, []);

  const isRecording = elapsedMs !== null;
  useEffect(() => {
    if (!isRecording) return;
    const startedAt = performance.now();
    const timer = setInterval(() => setElapsedMs(performance.now() - startedAt), TICK_MS);
    return () => clearInterval(timer);
  }, [isRecording]);

  const isOver = (elapsedMs ?? 0) >= MAX_RECORDING_MS;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the time being up is what ends it
  useEffect(() => {
    if (isOver) void finish();
  }, [isOver]);

  async function start(): Promise<void> {
    setTrouble("");
    try {
      const { startRecording } = await import("../composer/recorder.ts");
      recording.current = await startRecording(leaving.current.signal);
      setElapsedMs(0);
    } catch {
      if (!leaving.current.signal.aborted) {
        setTrouble(t("There is no microphone that this page may use. Choose a file instead."));
      }
    }
  }

  async function finish(): Promise<void> {
    const done = recording.current;
    recording.current = null;
    setElapsedMs(null);
    if (done !== null) onRecording(await done.finish());
  }

  return (
    <div className="form-actions">
      <button type="button" className="quiet-button outlined" onClick={isRecording ? finish : start}>
        {isRecording ? t("Stop recording") : t("Record")}
      </button>
      <span role="status" className="hint">
        {trouble}
      </span>
      {isRecording ? <span role="timer">{recordingClock(elapsedMs)}</span> : null}
    </div>
  );
}

function Result({ transcript: { text, lines, language } }: { transcript: Transcript }) {
  if (text === "") return <p className="hint audio-text">{t("Nothing was heard.")}</p>;
  return (
    <div aria-live="polite">
      {language === null ? null : (
        <p className="hint audio-text">{t("Language: {language}", { language })}</p>
      )}
      {lines.length === 0 ? (
        <p className="audio-text" dir="auto">
          {text}
        </p>
      ) : (
        <table className="rows audio-text">
          <thead>
            <tr>
              <th scope="col">{t("Time")}</th>
              <th scope="col">{t("What is said")}</th>
            </tr>
          </thead>
          <tbody>
            {lines.map(({ start, text: words }) => (
              <tr key={start}>
                <th scope="row">{clock(start)}</th>
                <td dir="auto">{words}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <div className="form-actions">
        <SaveText name="transcript.txt" text={text} />
        {lines.length === 0 ? null : (
          <>
            <SaveText name="transcript.srt" text={subtitles(lines, "srt")} />
            <SaveText name="transcript.vtt" text={subtitles(lines, "vtt")} />
          </>
        )}
      </div>
    </div>
  );
}

function SaveText({ name, text }: { name: string; text: string }) {
  return (
    <a
      className="quiet-button outlined"
      href={`data:text/plain;charset=utf-8,${encodeURIComponent(text)}`}
      download={name}
    >
      {t("Save {name}", { name })}
    </a>
  );
}

function whyRefused({ why, name }: Refusal): string {
  switch (why) {
    case "empty":
      return t("{name} is empty.", { name });
    case "large":
      return t("{name} is larger than {most} MiB.", { name, most: MOST_BYTES / MIB });
    case "kind":
      return t("{name} is no recording: {endings} are.", { name, endings: ENDINGS.join(", ") });
  }
}
