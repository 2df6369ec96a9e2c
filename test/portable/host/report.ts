// What every host does: run the suites that it is told, one after the other, and hand on the results of each.
import type { Host, Result } from "../harness.ts";
import { runSuite } from "../suites.ts";

export async function runSuites(
  names: readonly string[],
  host: Host,
  tell: (results: readonly Result[]) => unknown,
): Promise<void> {
  for (const name of names) await tell(await runSuite(name, host));
}
