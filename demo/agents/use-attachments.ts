// Files on their way into a message: uploaded as soon as they are chosen, so that sending does not wait.

import { useCallback, useRef, useState } from "react";
import { describeFailure, type Failure } from "../failure.ts";
import { t } from "../i18n.ts";
import type { AgentService, AttachedFile } from "./agent-service.ts";

export type Attachment =
  | { readonly key: number; readonly name: string; readonly state: "uploading" }
  | { readonly key: number; readonly name: string; readonly state: "ready"; readonly file: AttachedFile }
  | { readonly key: number; readonly name: string; readonly state: "failed"; readonly failure: Failure };

export interface Attachments {
  readonly list: readonly Attachment[];
  readonly uploading: boolean;
  add(files: Iterable<File>): void;
  remove(key: number): void;
  /** Those that are ready; the list is empty afterwards. */
  take(): readonly AttachedFile[];
}

export function useAttachments(service: AgentService): Attachments {
  const [list, setList] = useState<readonly Attachment[]>([]);
  const aborts = useRef(new Map<number, AbortController>());
  const nextKey = useRef(1);

  const change = useCallback((key: number, to: Attachment) => {
    setList((current) => current.map((one) => (one.key === key ? to : one)));
  }, []);

  const add = useCallback(
    (files: Iterable<File>) => {
      for (const file of files) {
        const key = nextKey.current++;
        const { name } = file;
        const abort = new AbortController();
        aborts.current.set(key, abort);
        setList((current) => [...current, { key, name, state: "uploading" }]);
        service.upload(file, abort.signal).then(
          (uploaded) => change(key, { key, name, state: "ready", file: uploaded }),
          (error: unknown) => {
            if (abort.signal.aborted) return;
            change(key, { key, name, state: "failed", failure: failureOf(file, error) });
          },
        );
      }
    },
    [service, change],
  );

  const remove = useCallback((key: number) => {
    aborts.current.get(key)?.abort();
    aborts.current.delete(key);
    setList((current) => current.filter((one) => one.key !== key));
  }, []);

  return {
    list,
    uploading: list.some(({ state }) => state === "uploading"),
    add,
    remove,
    take() {
      setList([]);
      aborts.current.clear();
      return list.flatMap((one) => (one.state === "ready" ? [one.file] : []));
    },
  };
}

function failureOf(file: File, error: unknown): Failure {
  if (file.size > 0) return describeFailure(error, false);
  return { title: t("The file is empty."), advice: t("Choose another one."), detail: "", cut: false };
}
