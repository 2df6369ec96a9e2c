// Text to speech: a text, a voice and how fast, then the sound to play and to save.
import { type FormEvent, useEffect, useState } from "react";
import type { Connection } from "../connection.ts";
import { t } from "../i18n.ts";
import { ModelField, useModelFor } from "../rooms/model-field.tsx";
import { TaskActions } from "../rooms/task-actions.tsx";
import { useTask } from "../rooms/use-task.ts";
import type { Models } from "../use-models.ts";

const VOICES = [
  "alloy",
  "ash",
  "ballad",
  "coral",
  "echo",
  "fable",
  "nova",
  "onyx",
  "sage",
  "shimmer",
  "verse",
];
/** The services' limit. */
const LONGEST_TEXT = 4096;

export function SpeechForm({ connection, models }: { connection: Connection; models: Models }) {
  const model = useModelFor(models, "speech");
  const task = useTask();
  const [text, setText] = useState("");
  const [voice, setVoice] = useState("alloy");
  const [speed, setSpeed] = useState(1);
  const [sound, setSound] = useState<string | null>(null);

  useEffect(() => () => void (sound !== null && URL.revokeObjectURL(sound)), [sound]);

  async function submit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (text.trim() === "" || model.chosen === "") return;
    await task.run(async (signal) => {
      const { speak } = await import("./service.ts");
      const wish = { model: model.chosen, voice, speed, text: text.trim(), signal };
      setSound(URL.createObjectURL(await speak(connection, wish)));
    });
  }

  return (
    <section className="panel" aria-labelledby="speech-title">
      <h3 id="speech-title" className="panel-title">
        {t("Text to speech")}
      </h3>
      <form onSubmit={submit}>
        <label className="field">
          <span>{t("Text")}</span>
          <textarea
            rows={4}
            dir="auto"
            maxLength={LONGEST_TEXT}
            value={text}
            aria-describedby="speech-hint"
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        <p id="speech-hint" className="hint">
          {t("{count} of {most} characters", { count: text.length, most: LONGEST_TEXT })}
        </p>
        <div className="audio-options">
          <ModelField model={model} state={models.list.state} />
          <label className="field">
            <span>{t("Voice")}</span>
            <select value={voice} onChange={(event) => setVoice(event.target.value)}>
              {VOICES.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </label>
          <label className="field">
            <span>{t("Speed {speed}×", { speed })}</span>
            <input
              type="range"
              min={0.5}
              max={2}
              step={0.25}
              value={speed}
              onChange={(event) => setSpeed(Number(event.target.value))}
            />
          </label>
        </div>
        <TaskActions task={task} start={t("Speak")} disabled={text.trim() === "" || model.chosen === ""} />
      </form>
      {sound === null ? null : (
        <div className="audio-result">
          {/* biome-ignore lint/a11y/useMediaCaption: the text is in the box above */}
          <audio controls src={sound} aria-label={t("Speech")} />
          <a className="quiet-button outlined" href={sound} download="speech.wav">
            {t("Save")}
          </a>
        </div>
      )}
    </section>
  );
}
