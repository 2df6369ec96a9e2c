// One piece of work of a room at a time: under way, failed or neither; whoever asked may stop it, and leaving stops it.
import { useCallback, useEffect, useRef, useState } from "react";
import type { Failure } from "../failure.ts";

export type TaskState =
  | { readonly name: "idle" }
  | { readonly name: "busy"; readonly progress: string }
  | { readonly name: "failed"; readonly failure: Failure };

export interface Task {
  readonly state: TaskState;
  readonly busy: boolean;
  /** Does nothing while another one is under way. */
  run(work: (signal: AbortSignal, report: (progress: string) => void) => Promise<void>): Promise<void>;
  stop(): void;
}

export function useTask(): Task {
  const [state, setState] = useState<TaskState>({ name: "idle" });
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  return {
    state,
    busy: state.name === "busy",
    run: useCallback(async (work) => {
      if (running.current !== null) return;
      const abort = new AbortController();
      running.current = abort;
      setState({ name: "busy", progress: "" });
      try {
        await work(abort.signal, (progress) => {
          if (!abort.signal.aborted) setState({ name: "busy", progress });
        });
        setState({ name: "idle" });
      } catch (error) {
        if (abort.signal.aborted) return setState({ name: "idle" });
        const { describeFailure } = await import("../failure.ts");
        setState({ name: "failed", failure: describeFailure(error, false) });
      } finally {
        running.current = null;
      }
    }, []),
    stop: useCallback(() => running.current?.abort(), []),
  };
}
