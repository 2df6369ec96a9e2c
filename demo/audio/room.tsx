// Speech to text and text to speech, side by side.
import { useState } from "react";
import type { Connection } from "../connection.ts";
import { Header } from "../header.tsx";
import { t } from "../i18n.ts";
import { useModels } from "../use-models.ts";
import { SpeechForm } from "./speech-form.tsx";
import { TranscriptionForm } from "./transcription-form.tsx";

export function Room({ connection }: { connection: Connection }) {
  const models = useModels(connection);
  const [round, setRound] = useState(0);
  return (
    <>
      <Header room="Audio" newName={t("Begin anew")} onNew={() => setRound((current) => current + 1)}>
        {null}
      </Header>
      <main className="main" key={round}>
        <h2 className="empty-title">{t("Audio")}</h2>
        <p className="empty-lead">
          {t("Recordings become text and texts become speech. Neither is kept by this page.")}
        </p>
        <SpeechForm connection={connection} models={models} />
        <TranscriptionForm connection={connection} models={models} />
      </main>
    </>
  );
}
