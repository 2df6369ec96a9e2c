// Where each service lives: what its paths begin with, and the dialect that is spoken there. The rows of the routing
// tables name one of these lists.

import { DIALECTS, type Dialect } from "./dialects.ts";

export interface Base {
  readonly prefix: string;
  readonly dialect: Dialect;
}

/** A project's own OpenAI v1 surface stands beside the two of the resource and of OpenAI. */
export const V1: readonly Base[] = [
  { prefix: "/openai/v1", dialect: DIALECTS["azure-v1"] },
  { prefix: "/v1", dialect: DIALECTS.openai },
  { prefix: "/api/projects/:project/openai/v1", dialect: DIALECTS["project-v1"] },
];
export const INFERENCE: readonly Base[] = [
  { prefix: "/models", dialect: DIALECTS.models },
  { prefix: "", dialect: DIALECTS.serverless },
];
/** On Azure below a deployment, and below the resource where `model` says which. */
export const SCOPED: readonly Base[] = [
  { prefix: "/openai/deployments/:deployment", dialect: DIALECTS.deployments },
  ...V1,
];
export const UNSCOPED: readonly Base[] = [{ prefix: "/openai", dialect: DIALECTS.deployments }, ...V1];
export const ANYWHERE: readonly Base[] = [...INFERENCE, ...SCOPED];
/** The official client sends batches to the deployment where it has one. */
export const BATCHES: readonly Base[] = [
  { prefix: "/openai/deployments/:deployment", dialect: DIALECTS.deployments },
  ...UNSCOPED,
];

const GROUP = "/subscriptions/:subscription/resourceGroups/:group/providers";
const WORKSPACE = `${GROUP}/Microsoft.MachineLearningServices/workspaces/:workspace`;
const PROJECT = "/api/projects/:project";

/** Agents and everything that belongs to them, by connection string (the era of 2024) and by project endpoint. */
export const AGENTS: readonly Base[] = [
  { prefix: `/agents/v1.0${WORKSPACE}`, dialect: DIALECTS["agents-era"] },
  { prefix: PROJECT, dialect: DIALECTS.agents },
];
/** Of a project endpoint, what is not agents: connections, deployments, datasets, indexes, today's agent versions. */
export const PROJECTS: readonly Base[] = [{ prefix: PROJECT, dialect: DIALECTS.project }];
/** The workspace and its connections, of the era. */
export const WORKSPACES: readonly Base[] = [{ prefix: WORKSPACE, dialect: DIALECTS.management }];
/** One of today's agents by itself: responses and conversations with it, without naming it in the body. */
export const AGENT_ENDPOINT: readonly Base[] = [
  { prefix: `${PROJECT}/agents/:agent/endpoint/protocols/openai`, dialect: DIALECTS["project-v1"] },
];
const INSIGHTS_RESOURCE = `${GROUP}/Microsoft.Insights/components/:component`;
/** The official client puts the resource's id, which begins with a slash, behind a slash of its own. */
export const INSIGHTS: readonly Base[] = [
  { prefix: INSIGHTS_RESOURCE, dialect: DIALECTS.insights },
  { prefix: `/${INSIGHTS_RESOURCE}`, dialect: DIALECTS.insights },
];
export const EVALUATIONS: readonly Base[] = [
  { prefix: `/raisvc/v1.0${WORKSPACE}`, dialect: DIALECTS.evaluations },
];

/** How each dialect says that a path is not there: the first that fits decides. */
const PREFIXES: readonly (readonly [RegExp, Dialect])[] = [
  [/^\/api\/projects\/[^/]+(?:\/agents\/[^/]+\/endpoint\/protocols)?\/openai\//, DIALECTS["project-v1"]],
  [/^\/api\/projects\//, DIALECTS.agents],
  [/^\/agents\//, DIALECTS["agents-era"]],
  [/^\/raisvc\//, DIALECTS.evaluations],
  [/^\/subscriptions\//, DIALECTS.management],
  [/^\/openai\/v1\//, DIALECTS["azure-v1"]],
  [/^\/openai\//, DIALECTS.deployments],
  [/^\/v1\//, DIALECTS.openai],
  [/^\/models\//, DIALECTS.models],
];

export function dialectOf(path: string): Dialect {
  return PREFIXES.find(([prefix]) => prefix.test(path))?.[1] ?? DIALECTS.serverless;
}
