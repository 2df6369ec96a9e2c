// The rows of a project beside its agents' runs: files, vector stores, connections, evaluations, agent versions,
// deployments, datasets, indexes.

import { AGENTS, EVALUATIONS, INSIGHTS, PROJECTS, V1, WORKSPACES } from "./bases.ts";
import * as connections from "./connections.ts";
import * as datasets from "./datasets.ts";
import * as schedules from "./evaluation-schedules.ts";
import * as evaluations from "./evaluations.ts";
import { createFile, deleteFile, getFile, getFileContent, listFiles } from "./files.ts";
import * as indexes from "./indexes.ts";
import * as agents from "./project-agents.ts";
import { getDeployment, listDeployments } from "./project-deployments.ts";
import type { Operation } from "./routes.ts";
import * as storeFiles from "./vector-store-files.ts";
import * as stores from "./vector-stores.ts";

/** The agents service and OpenAI's surface have the same vector stores. */
const STORES = [...AGENTS, ...V1];
const EVALUATED = [...EVALUATIONS, ...PROJECTS];
const CONNECTED = [...WORKSPACES, ...PROJECTS];

// biome-ignore format: a table
export const PROJECT_OPERATIONS: readonly Operation[] = [
  { method: "POST", path: "/files", at: AGENTS, form: true, handle: createFile },
  { method: "GET", path: "/files", at: AGENTS, handle: listFiles },
  { method: "GET", path: "/files/:id", at: AGENTS, handle: getFile },
  { method: "DELETE", path: "/files/:id", at: AGENTS, handle: deleteFile },
  { method: "GET", path: "/files/:id/content", at: AGENTS, handle: getFileContent },
  { method: "POST", path: "/vector_stores", at: STORES, handle: stores.createVectorStore },
  { method: "GET", path: "/vector_stores", at: STORES, handle: stores.listVectorStores },
  { method: "GET", path: "/vector_stores/:id", at: STORES, handle: stores.getVectorStore },
  { method: "POST", path: "/vector_stores/:id", at: STORES, handle: stores.modifyVectorStore },
  { method: "DELETE", path: "/vector_stores/:id", at: STORES, handle: stores.deleteVectorStore },
  { method: "POST", path: "/vector_stores/:id/search", at: V1, handle: stores.searchVectorStore },
  { method: "POST", path: "/vector_stores/:id/files", at: STORES, handle: storeFiles.createStoreFile },
  { method: "GET", path: "/vector_stores/:id/files", at: STORES, handle: storeFiles.listStoreFiles },
  { method: "GET", path: "/vector_stores/:id/files/:item", at: STORES, handle: storeFiles.getStoreFile },
  { method: "POST", path: "/vector_stores/:id/files/:item", at: V1, handle: storeFiles.updateStoreFile },
  { method: "DELETE", path: "/vector_stores/:id/files/:item", at: STORES, handle: storeFiles.deleteStoreFile },
  { method: "POST", path: "/vector_stores/:id/file_batches", at: STORES, handle: storeFiles.createFileBatch },
  { method: "GET", path: "/vector_stores/:id/file_batches/:item", at: STORES, handle: storeFiles.getFileBatch },
  { method: "POST", path: "/vector_stores/:id/file_batches/:item/cancel", at: STORES, handle: storeFiles.cancelFileBatch },
  { method: "GET", path: "/vector_stores/:id/file_batches/:item/files", at: STORES, handle: storeFiles.listBatchFiles },
  { method: "GET", path: "", at: WORKSPACES, handle: connections.getWorkspace },
  { method: "GET", path: "/", at: WORKSPACES, handle: connections.getWorkspace },
  { method: "GET", path: "", at: INSIGHTS, handle: connections.getInsights },
  { method: "GET", path: "/connections", at: CONNECTED, handle: connections.listConnections },
  { method: "GET", path: "/connections/:id", at: CONNECTED, handle: connections.getConnection },
  { method: "POST", path: "/connections/:id/listsecrets", at: WORKSPACES, handle: connections.getConnectionWithSecrets },
  { method: "POST", path: "/connections/:id/getConnectionWithCredentials", at: PROJECTS, handle: connections.getConnectionWithSecrets },
  { method: "POST", path: "/evaluations/runs:run", at: EVALUATED, handle: evaluations.createEvaluation },
  { method: "POST", path: "/evaluations/runs:runAgent", at: PROJECTS, handle: evaluations.createAgentEvaluation },
  { method: "GET", path: "/evaluations/runs", at: EVALUATED, handle: evaluations.listEvaluations },
  { method: "GET", path: "/evaluations/runs/:id", at: EVALUATED, handle: evaluations.getEvaluation },
  { method: "PATCH", path: "/evaluations/runs/:id", at: EVALUATIONS, handle: evaluations.updateEvaluation },
  { method: "PUT", path: "/evaluations/schedules/:id", at: EVALUATIONS, handle: schedules.putSchedule },
  { method: "GET", path: "/evaluations/schedules", at: EVALUATIONS, handle: schedules.listSchedules },
  { method: "GET", path: "/evaluations/schedules/:id", at: EVALUATIONS, handle: schedules.getSchedule },
  { method: "PATCH", path: "/evaluations/schedules/:id/disable", at: EVALUATIONS, handle: schedules.disableSchedule },
  { method: "POST", path: "/agents", at: PROJECTS, handle: agents.createProjectAgent },
  { method: "GET", path: "/agents", at: PROJECTS, handle: agents.listProjectAgents },
  { method: "GET", path: "/agents/:id", at: PROJECTS, handle: agents.getProjectAgent },
  { method: "POST", path: "/agents/:id", at: PROJECTS, handle: agents.updateProjectAgent },
  { method: "PATCH", path: "/agents/:id", at: PROJECTS, handle: agents.patchProjectAgent },
  { method: "DELETE", path: "/agents/:id", at: PROJECTS, handle: agents.deleteProjectAgent },
  { method: "POST", path: "/agents/:id/versions", at: PROJECTS, handle: agents.createAgentVersion },
  { method: "GET", path: "/agents/:id/versions", at: PROJECTS, handle: agents.listAgentVersions },
  { method: "GET", path: "/agents/:id/versions/:version", at: PROJECTS, handle: agents.getAgentVersion },
  { method: "DELETE", path: "/agents/:id/versions/:version", at: PROJECTS, handle: agents.deleteAgentVersion },
  { method: "GET", path: "/deployments", at: PROJECTS, handle: listDeployments },
  { method: "GET", path: "/deployments/:id", at: PROJECTS, handle: getDeployment },
  { method: "GET", path: "/datasets", at: PROJECTS, handle: datasets.listDatasets },
  { method: "GET", path: "/datasets/:id/versions", at: PROJECTS, handle: datasets.listDatasetVersions },
  { method: "GET", path: "/datasets/:id/versions/:version", at: PROJECTS, handle: datasets.getDataset },
  { method: "PATCH", path: "/datasets/:id/versions/:version", at: PROJECTS, handle: datasets.putDataset },
  { method: "DELETE", path: "/datasets/:id/versions/:version", at: PROJECTS, handle: datasets.deleteDataset },
  { method: "POST", path: "/datasets/:id/versions/:version/startPendingUpload", at: PROJECTS, handle: datasets.startPendingUpload },
  { method: "POST", path: "/datasets/:id/versions/:version/credentials", at: PROJECTS, handle: datasets.getDatasetCredentials },
  { method: "GET", path: "/indexes", at: PROJECTS, handle: indexes.listIndexes },
  { method: "GET", path: "/indexes/:id/versions", at: PROJECTS, handle: indexes.listIndexVersions },
  { method: "GET", path: "/indexes/:id/versions/:version", at: PROJECTS, handle: indexes.getIndex },
  { method: "PATCH", path: "/indexes/:id/versions/:version", at: PROJECTS, handle: indexes.putIndex },
  { method: "DELETE", path: "/indexes/:id/versions/:version", at: PROJECTS, handle: indexes.deleteIndex },
];
