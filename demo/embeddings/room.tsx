// A map of pasted lines: those that mean the like lie close to each other.
import { type FormEvent, useState } from "react";
import type { Connection } from "../connection.ts";
import { Header } from "../header.tsx";
import { t } from "../i18n.ts";
import { ModelField, useModelFor } from "../rooms/model-field.tsx";
import { TaskActions } from "../rooms/task-actions.tsx";
import { useTask } from "../rooms/use-task.ts";
import { useModels } from "../use-models.ts";
import { type Lines, LONGEST_LINE, linesIn, MOST_LINES } from "./lines.ts";
import { neighboursOf, placesOf, type Vector } from "./plane.ts";
import { Plot } from "./plot.tsx";

const EXAMPLE = [
  "The cat sleeps on the warm windowsill",
  "A kitten naps in the sun",
  "Dogs chase the ball in the park",
  "The puppy chases its ball",
  "Interest rates rose again this month",
  "The central bank raised interest rates",
  "Shares fell after the bank's report",
  "Simmer the tomatoes with garlic",
  "Add garlic and basil to the tomatoes",
  "Bake the bread until it is golden",
].join("\n");
const SHOWN_NEIGHBOURS = 5;

interface Mapped {
  readonly lines: readonly string[];
  readonly vectors: readonly Vector[];
  readonly places: readonly (readonly [number, number])[];
}

export function Room({ connection }: { connection: Connection }) {
  const models = useModels(connection);
  const model = useModelFor(models, "embeddings");
  const task = useTask();
  const [text, setText] = useState(EXAMPLE);
  const [refused, setRefused] = useState<Lines | null>(null);
  const [map, setMap] = useState<Mapped | null>(null);
  const [chosen, setChosen] = useState(0);

  async function draw(event: FormEvent): Promise<void> {
    event.preventDefault();
    const read = linesIn(text);
    setRefused(read.ok ? null : read);
    if (!read.ok || model.chosen === "") return;
    const { lines } = read;
    await task.run(async (signal, report) => {
      const { embed } = await import("./embed.ts");
      const vectors = await embed(connection, model.chosen, lines, signal, (done) =>
        report(t("{done} of {of} lines", { done, of: lines.length })),
      );
      setMap({ lines, vectors, places: placesOf(vectors) });
      setChosen(0);
    });
  }

  function clear(): void {
    task.stop();
    setMap(null);
    setText("");
    setRefused(null);
  }

  const neighbours = map === null ? [] : neighboursOf(map.vectors, chosen).slice(0, SHOWN_NEIGHBOURS);
  return (
    <>
      <Header room="Embeddings" newName={t("New map")} onNew={text === "" && map === null ? null : clear}>
        {null}
      </Header>
      <main className="main">
        <h2 className="empty-title">{t("A map of meaning")}</h2>
        <p className="empty-lead">
          {t(
            "Paste lines: a model turns each into a vector, and lines that mean the like lie close together.",
          )}
        </p>
        <form onSubmit={draw}>
          <label className="field">
            <span>{t("Lines")}</span>
            <textarea
              rows={8}
              dir="auto"
              value={text}
              aria-describedby="lines-hint"
              onChange={(event) => setText(event.target.value)}
            />
          </label>
          <p id="lines-hint" className="hint">
            {t("One a line, 3 to {most} of them.", { most: MOST_LINES })}
          </p>
          <ModelField model={model} state={models.list.state} />
          <TaskActions task={task} start={t("Draw the map")} disabled={model.chosen === ""} />
        </form>
        {refused !== null && !refused.ok ? (
          <p role="alert" className="notice">
            {whyRefused(refused)}
          </p>
        ) : null}
        {map === null ? null : (
          <>
            <figure className="panel">
              <figcaption>{t("{count} lines on a plane", { count: map.lines.length })}</figcaption>
              <Plot
                lines={map.lines}
                places={map.places}
                chosen={chosen}
                nearest={neighbours.slice(0, 3).map(({ index }) => index)}
                onChoose={setChosen}
              />
            </figure>
            <section className="panel" aria-label={t("Nearest lines")} aria-live="polite">
              <h3 className="panel-title" dir="auto">
                {t("Nearest to “{line}”", { line: map.lines[chosen] ?? "" })}
              </h3>
              <table className="rows">
                <thead>
                  <tr>
                    <th scope="col">{t("Line")}</th>
                    <th scope="col" className="rows-value">
                      {t("Similarity")}
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {neighbours.map(({ index, similarity }) => (
                    <tr key={index}>
                      <th scope="row" dir="auto">
                        {map.lines[index]}
                      </th>
                      <td className="rows-value">{similarity.toFixed(3)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
          </>
        )}
      </main>
    </>
  );
}

function whyRefused({ why, count }: Extract<Lines, { ok: false }>): string {
  switch (why) {
    case "few":
      return t("A map needs at least 3 different lines; here are {count}.", { count });
    case "many":
      return t("At most {most} lines; here are {count}.", { most: MOST_LINES, count });
    case "long":
      return t("A line may have {most} characters; one has {count}.", { most: LONGEST_LINE, count });
  }
}
