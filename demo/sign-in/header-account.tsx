// The account's place in the header: empty, and a few bytes, where nobody can sign in.
import { lazy, Suspense } from "react";
import { FallbackOnError } from "../fallback-on-error.tsx";
import { useAccount } from "./account.ts";

const AccountButton = lazy(async () => ({ default: (await import("./account-button.tsx")).AccountButton }));

export function HeaderAccount() {
  const { offered, person } = useAccount();
  if (!offered && person === null) return null;
  return (
    <FallbackOnError fallback={null}>
      <Suspense fallback={null}>
        <AccountButton />
      </Suspense>
    </FallbackOnError>
  );
}
