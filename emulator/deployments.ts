// Which deployments there are: those of the options, those that were fine-tuned, and one `fault-<scenario>` for each scenario.

import type { Exchange } from "./exchange.ts";
import { type Deployment, faultDeployment, type ResolvedOptions } from "./options.ts";
import { FAULT_MODEL_PREFIX, scenarioOfModel } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";

export function firstDeployment({ deployments }: ResolvedOptions): Required<Deployment> {
  // resolveOptions refuses an empty list.
  return deployments[0] as Required<Deployment>;
}

type Known = Pick<Exchange, "settings" | "state">;

export function findDeployment({ settings, state }: Known, name: string): Required<Deployment> | undefined {
  const listed = settings.deployments.find((deployment) => deployment.name === name) ?? state.tuned.get(name);
  if (listed !== undefined) return listed;
  const scenario = scenarioOfModel(name)?.split(";", 1)[0];
  return scenario !== undefined && Object.hasOwn(SCENARIOS, scenario) ? faultDeployment(name) : undefined;
}

export function allDeployments({ settings, state }: Known): readonly Required<Deployment>[] {
  return [
    ...settings.deployments,
    ...state.tuned.values(),
    ...Object.keys(SCENARIOS).map((name) => faultDeployment(FAULT_MODEL_PREFIX + name)),
  ];
}
