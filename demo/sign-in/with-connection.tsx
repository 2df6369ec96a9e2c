// A room's connection: of the person who is signed in, else of a session. Another person, another connection, so that no
// list, token or client of one is used for another.
import { type ReactNode, useEffect, useMemo } from "react";
import { type Connection, connect } from "../connection.ts";
import { useAccount, watchAccount } from "./account.ts";

interface WithConnectionProps {
  workerUrl: string;
  children: (connection: Connection) => ReactNode;
}

export function WithConnection({ workerUrl, children }: WithConnectionProps) {
  const { person } = useAccount();
  const connection = useMemo(() => connect(workerUrl, person?.id), [workerUrl, person]);
  useEffect(() => watchAccount(workerUrl), [workerUrl]);
  return children(connection);
}
