/** What evaluations and their schedules are made of. Contract: 2024-07-01-preview, and 2025-05-15-preview for projects. */

export interface EvaluatorConfiguration {
  /** `azureai://built-in/evaluators/<name>`; with a connection string `azureml://registries/azureml/models/<name>/versions/<n>`. */
  id: string;
  initParams?: Record<string, unknown>;
  /** An evaluator's inputs by their names, as `"${data.query}"`. */
  dataMapping?: Record<string, string>;
}

/** A dataset of the project. */
export interface DatasetInput {
  type: "dataset";
  id: string;
}

/** What an application has logged. */
export interface ApplicationInsightsInput {
  type: "app_insights";
  resourceId: string;
  query: string;
  serviceName: string;
  connectionString?: string;
}

/** Who made or changed something, and when. */
export interface SystemData {
  createdAt?: string;
  createdBy?: string;
  createdByType?: string;
  lastModifiedAt?: string;
}

export interface EvaluationCreateParams {
  data: DatasetInput | ApplicationInsightsInput;
  /** By names of your own. */
  evaluators: Record<string, EvaluatorConfiguration>;
  displayName?: string;
  description?: string;
  tags?: Record<string, string>;
  properties?: Record<string, string>;
}

/** What may be changed; `null` removes. */
export type EvaluationUpdateParams = {
  [K in keyof EvaluationCreateParams]?: EvaluationCreateParams[K] | null;
};

export interface Evaluation extends EvaluationCreateParams {
  id: string;
  systemData?: SystemData;
  status?: "NotStarted" | "Running" | "Completed" | "Failed" | "Canceled" | (string & {});
}

export interface AgentEvaluationParams {
  runId: string;
  threadId?: string;
  evaluators: Record<string, EvaluatorConfiguration>;
  samplingConfiguration?: { name: string; samplingPercent: number; maxRequestRate: number };
  redactionConfiguration?: { redactScoreProperties?: boolean };
  /** Where the results go. */
  appInsightsConnectionString: string;
}

export interface AgentEvaluation {
  id: string;
  status: string;
  error?: string;
  result?: {
    evaluator: string;
    evaluatorId: string;
    score: number;
    status: string;
    reason?: string;
    version?: string;
    threadId?: string;
    runId?: string;
    error?: string;
    additionalDetails?: Record<string, string>;
  }[];
}

export interface RecurrenceTrigger {
  type: "Recurrence";
  frequency: "Month" | "Week" | "Day" | "Hour" | "Minute";
  interval: number;
  schedule?: { hours: number[]; minutes: number[]; weekDays?: string[]; monthDays?: number[] };
}

export interface CronTrigger {
  type: "Cron";
  expression: string;
}

export interface EvaluationScheduleParams {
  data: ApplicationInsightsInput;
  evaluators: Record<string, EvaluatorConfiguration>;
  trigger: RecurrenceTrigger | CronTrigger;
  description?: string;
  tags?: Record<string, string>;
  properties?: Record<string, string>;
}

export interface EvaluationSchedule extends EvaluationScheduleParams {
  name: string;
  systemData?: SystemData;
  provisioningState?: string;
  isEnabled?: string;
}
