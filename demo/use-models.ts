// Which models the worker offers and which one is chosen. The choice lives as long as the page.
import { useCallback, useEffect, useState } from "react";
import type { ModelOption } from "./composer/capabilities.ts";
import type { Connection } from "./connection.ts";

export type ModelList =
  | { readonly state: "loading" }
  | {
      readonly state: "ready";
      /** Of the models to talk to. */
      readonly names: readonly string[];
      /** All of them, also those that speak, listen or draw. */
      readonly all: readonly ModelOption[];
    }
  | { readonly state: "failed"; readonly reason: string };

export interface Models {
  readonly list: ModelList;
  /** "" until there is a list. */
  readonly chosen: string;
  choose(name: string): void;
  reload(): void;
}

export function useModels(connection: Connection): Models {
  const [list, setList] = useState<ModelList>({ state: "loading" });
  const [choice, setChoice] = useState("");
  const [round, setRound] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round is what asks for the list again
  useEffect(() => {
    const abort = new AbortController();
    setList({ state: "loading" });
    connection.listModels(abort.signal).then(
      (all) => setList({ state: "ready", names: namesToTalkTo(all), all }),
      (error: unknown) => {
        if (abort.signal.aborted) return;
        setList({ state: "failed", reason: error instanceof Error ? error.message : String(error) });
      },
    );
    return () => abort.abort();
  }, [connection, round]);

  const names = list.state === "ready" ? list.names : [];
  return {
    list,
    chosen: names.includes(choice) ? choice : (names[0] ?? ""),
    choose: setChoice,
    reload: useCallback(() => setRound((current) => current + 1), []),
  };
}

function namesToTalkTo(models: readonly ModelOption[]): readonly string[] {
  return models.filter(({ capabilities }) => capabilities.has("chat")).map(({ name }) => name);
}
