// Chooses among the worker's models: the platform's own list, which works with every keyboard, phone and reader.
import type { Models } from "./use-models.ts";

export function ModelPicker({ models }: { models: Models }) {
  const { list, chosen, choose } = models;
  const placeholder = { loading: "Loading models", ready: "No models", failed: "No models" }[list.state];
  const names = list.state === "ready" ? list.names : [];
  return (
    <label className="model-picker">
      <span className="visually-hidden">Model</span>
      <select value={chosen} disabled={names.length === 0} onChange={(event) => choose(event.target.value)}>
        {names.length === 0 ? <option value="">{placeholder}</option> : null}
        {names.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
