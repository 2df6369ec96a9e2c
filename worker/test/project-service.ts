// A project in one function, with the issuer of its tokens: what the tests put behind the proxy to see every request
// that comes through. It keeps objects by their paths and knows no models; the emulator is for behaviour.
import type { ConfigInput } from "../proxy.ts";
import { configInput, createRig, jsonAnswer, type Rig } from "./setup.ts";

export const HOST = "acct-canary.services.example.com";
export const ENDPOINT = `https://${HOST}/api/projects/shop`;
export const SUBSCRIPTION = "5ub5cr1p-canary-4711";
export const GROUP = "group-canary";
export const WORKSPACE = `https://region-canary.example.com/agents/v1.0/subscriptions/${SUBSCRIPTION}/resourceGroups/${GROUP}/providers/Microsoft.MachineLearningServices/workspaces/hub`;
export const CONNECTION = `/subscriptions/${SUBSCRIPTION}/resourceGroups/${GROUP}/providers/Microsoft.CognitiveServices/accounts/a/projects/shop/connections/bing-canary`;
export const CLIENT_SECRET = "client-secret-canary-4711";
export const OPERATORS_AGENT = "asst_operator";

export interface ProjectRequest {
  readonly method: string;
  readonly url: string;
  /** Below the project's base. */
  readonly path: string;
  readonly query: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export interface ProjectService {
  /** What the service was asked. */
  readonly seen: ProjectRequest[];
  /** What the issuer was asked, as forms. */
  readonly grants: URLSearchParams[];
  fetch(url: string, init: RequestInit): Promise<Response>;
}

type Answer = (
  request: ProjectRequest,
) => Response | Record<string, unknown> | undefined | Promise<Response | undefined>;

const PREFIXES: Record<string, string> = {
  assistants: "asst",
  threads: "thread",
  messages: "msg",
  runs: "run",
  files: "assistant",
  vector_stores: "vs",
  file_batches: "vsfb",
  "runs:run": "eval",
};

/** `answer` may answer first; `issue` may answer in the issuer's place. */
export function projectService(
  answer: Answer = () => undefined,
  issue: (grant: URLSearchParams, count: number) => Response | undefined = () => undefined,
): ProjectService {
  const seen: ProjectRequest[] = [];
  const grants: URLSearchParams[] = [];
  const objects = new Map<string, Record<string, unknown>>();
  let last = 0;

  function handle({ method, path, body }: ProjectRequest): Response {
    const steps = path.split("/").slice(1);
    if (path === "/threads/runs") {
      last += 1;
      objects.set(`/threads/thread_${last}`, { id: `thread_${last}`, object: "thread" });
      return jsonAnswer({
        id: `run_${last}`,
        object: "thread.run",
        thread_id: `thread_${last}`,
        status: "queued",
      });
    }
    const named = steps[0] === "agents";
    const creates = method === "POST" && (steps.length % 2 === 1 || steps.at(-1) === "runs:run");
    if (creates && !/^(cancel|submit_tool_outputs)$/.test(steps.at(-1)!)) {
      const members = body.startsWith("{") ? (JSON.parse(body) as Record<string, unknown>) : {};
      last += 1;
      const id = named ? (members.name ?? steps[1]) : `${PREFIXES[steps.at(-1)!] ?? "x"}_${last}`;
      const made = {
        object: named ? "agent" : steps.at(-1)!.replace(/s$/, ""),
        ...members,
        id,
        ...(named && { name: id }),
      };
      objects.set(named ? `/agents/${id}` : `${path.replace("runs:run", "runs")}/${id}`, made);
      return jsonAnswer(made, { status: steps.at(-1) === "runs:run" ? 201 : 200 });
    }
    if (steps[0] === "connections")
      return jsonAnswer({ name: steps[1], type: "ApiKey", target: "https://t" });
    if (
      method === "GET" &&
      steps.length % 2 === 1 &&
      steps[0] !== "evaluations" &&
      steps.at(-1) !== "content"
    ) {
      return jsonAnswer({ object: "list", data: [], first_id: null, last_id: null, has_more: false });
    }
    if (steps.at(-1) === "content") {
      return new Response("content", { headers: { "content-type": "text/plain" } });
    }
    const inner = steps.length > 2 && steps[0] !== "evaluations";
    const found = objects.get(path) ?? (inner ? { id: steps[3] ?? steps[1], object: "inner" } : undefined);
    if (found === undefined)
      return jsonAnswer({ error: { code: "not_found", message: "Not here" } }, { status: 404 });
    if (method === "DELETE") {
      objects.delete(path);
      return jsonAnswer({ id: found.id, object: `${found.object}.deleted`, deleted: true });
    }
    return jsonAnswer(found);
  }

  return {
    seen,
    grants,
    async fetch(url, init) {
      const request = new Request(url, init);
      const { hostname, pathname, search } = new URL(url);
      const body = request.body === null ? "" : await request.text();
      if (hostname === "login.microsoftonline.com") {
        const grant = new URLSearchParams(body);
        grants.push(grant);
        return (
          issue(grant, grants.length) ??
          jsonAnswer({
            access_token: `token-canary-${grants.length}`,
            token_type: "Bearer",
            expires_in: 3600,
          })
        );
      }
      const one: ProjectRequest = {
        method: request.method,
        url,
        path: pathname.replace(/^\/api\/projects\/shop|^\/(agents|raisvc)\/v1\.0\/.*\/workspaces\/hub/, ""),
        query: search,
        headers: Object.fromEntries(request.headers),
        body,
      };
      seen.push(one);
      const answered = await answer(one);
      if (answered instanceof Response) return answered;
      return answered === undefined ? handle(one) : jsonAnswer(answered);
    },
  };
}

export const entra = { tenantId: "contoso.example.com", clientId: "client-1", clientSecret: CLIENT_SECRET };

/** A proxy with a project `shop` and a workspace `hub`, both with the model `gpt-5-mini` as `dep-canary`. */
export async function projectRig(
  service: ProjectService,
  change: Partial<ConfigInput> & { project?: Record<string, unknown> } = {},
  deps: Parameters<typeof createRig>[1] = {},
): Promise<Rig> {
  const { project = {}, ...rest } = change;
  const { upstreams } = await configInput();
  const shared = {
    entra,
    deployments: { "gpt-5-mini": "dep-canary", "via-openai": "dep-2" },
    agents: [OPERATORS_AGENT],
  };
  return createRig(
    {
      upstreams: {
        ...upstreams,
        shop: { kind: "projects", url: ENDPOINT, ...shared, ...project } as ConfigInput["upstreams"][string],
        hub: { kind: "workspace", url: WORKSPACE, ...shared },
      },
      ...rest,
    },
    { fetch: service.fetch, ...deps },
  );
}

export const P = "/api/projects/shop";
export const JSON_TYPE = { "content-type": "application/json" };

export function post(rig: Rig, path: string, body: unknown, headers: Record<string, string | null> = {}) {
  return rig.fetch(path, {
    method: "POST",
    headers: { ...JSON_TYPE, ...headers },
    body: JSON.stringify(body),
  });
}

export async function idOf(response: Response): Promise<string> {
  const answer = (await response.json()) as { id: string; thread_id?: string };
  if (response.status >= 300) throw new Error(`${response.status} ${JSON.stringify(answer)}`);
  return answer.id;
}
