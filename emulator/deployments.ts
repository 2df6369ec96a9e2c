// Which deployments there are: those of the options, and one `fault-<scenario>` for each scenario.

import type { Deployment, ResolvedOptions } from "./options.ts";
import { FAULT_MODEL_PREFIX, scenarioOfModel } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";

export function firstDeployment({ deployments }: ResolvedOptions): Required<Deployment> {
  // resolveOptions refuses an empty list.
  return deployments[0] as Required<Deployment>;
}

export function findDeployment(
  { deployments }: ResolvedOptions,
  name: string,
): Required<Deployment> | undefined {
  const listed = deployments.find((deployment) => deployment.name === name);
  if (listed !== undefined) return listed;
  const scenario = scenarioOfModel(name)?.split(";", 1)[0];
  return scenario !== undefined && Object.hasOwn(SCENARIOS, scenario) ? faultDeployment(name) : undefined;
}

export function allDeployments({ deployments }: ResolvedOptions): readonly Required<Deployment>[] {
  return [
    ...deployments,
    ...Object.keys(SCENARIOS).map((name) => faultDeployment(FAULT_MODEL_PREFIX + name)),
  ];
}

function faultDeployment(name: string): Required<Deployment> {
  return { name, model: name, provider: "Latchkey emulator", reasoning: false };
}
