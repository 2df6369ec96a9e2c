// What the person who looks has used: by day and by model, and what is left of the budgets.
import { type ReactNode, useEffect, useState } from "react";
import type { Connection } from "../connection.ts";
import { Header } from "../header.tsx";
import { t } from "../i18n.ts";
import { currentLocale } from "../languages/language.ts";
import { Bars } from "./bars.tsx";
import {
  amount,
  budgetsOf,
  daysOf,
  METRICS,
  type Metric,
  monthBeside,
  monthOf,
  readReport,
  type UsageReport,
} from "./usage.ts";

type Loaded =
  | { readonly state: "loading" }
  | { readonly state: "ready"; readonly usage: UsageReport }
  | { readonly state: "uncounted" }
  | { readonly state: "failed"; readonly reason: string };

const count = numbers({ maximumFractionDigits: 0 });
const short = numbers({ notation: "compact", maximumSignificantDigits: 3 });
const money = numbers({ minimumFractionDigits: 2, maximumFractionDigits: 4 });

const formatOf = (metric: Metric) => (value: number) =>
  metric === "money" ? money.format(value) : short.format(value);

function nameOf(metric: Metric): string {
  return { tokens: t("Tokens"), requests: t("Requests"), money: t("Money") }[metric];
}

export function Room({ connection }: { connection: Connection }) {
  const [now] = useState(() => Date.now());
  const [period, setPeriod] = useState(() => monthOf(now));
  const [metric, setMetric] = useState<Metric>("tokens");
  const [loaded, reload] = useUsage(connection, period);
  const isLatest = period >= monthOf(now);
  return (
    <>
      <Header room="Usage" newName={t("Read again")} onNew={reload}>
        {null}
      </Header>
      <main className="main">
        <h2 className="empty-title">{t("Usage")}</h2>
        <p className="empty-lead">
          {t("What you have used, as the worker counts it. Its days begin at midnight UTC.")}
        </p>
        <div className="spending-tools">
          <fieldset className="spending-month">
            <legend className="visually-hidden">{t("Month")}</legend>
            <button type="button" className="quiet-button outlined" onClick={() => go(-1)}>
              {t("Earlier")}
            </button>
            <output className="spending-period">{monthName(period)}</output>
            <button type="button" className="quiet-button outlined" disabled={isLatest} onClick={() => go(1)}>
              {t("Later")}
            </button>
          </fieldset>
          <fieldset className="choices">
            <legend className="visually-hidden">{t("Show")}</legend>
            {METRICS.map((one) => (
              <label key={one}>
                <input type="radio" name="metric" checked={metric === one} onChange={() => setMetric(one)} />
                <span>{nameOf(one)}</span>
              </label>
            ))}
          </fieldset>
        </div>
        <div aria-live="polite" aria-busy={loaded.state === "loading"}>
          {contentOf(loaded, metric, now, reload)}
        </div>
      </main>
    </>
  );

  function go(step: -1 | 1): void {
    setPeriod(monthBeside(period, step));
  }
}

function contentOf(loaded: Loaded, metric: Metric, now: number, reload: () => void): ReactNode {
  switch (loaded.state) {
    case "loading":
      return <p className="thinking">{t("Loading")}</p>;
    case "uncounted":
      return (
        <p className="panel">
          {t("This worker counts nothing: give it limits (CALLER_LIMITS) and it keeps an account.")}
        </p>
      );
    case "failed":
      return (
        <div className="notice" role="alert">
          <p>{t("The worker did not tell the usage: {reason}.", { reason: loaded.reason })}</p>
          <button type="button" className="quiet-button" onClick={reload}>
            {t("Try again")}
          </button>
        </div>
      );
    case "ready":
      return <Report usage={loaded.usage} metric={metric} now={now} />;
  }
}

function Report({ usage, metric, now }: { usage: UsageReport; metric: Metric; now: number }) {
  const format = formatOf(metric);
  const days = daysOf(usage);
  const budgets = budgetsOf(usage, now);
  const { total } = usage;
  if (total.requests === 0 && budgets.length === 0) {
    return <p className="panel">{t("Nothing was used in this month.")}</p>;
  }
  return (
    <>
      <dl className="figures">
        <Figure name={t("Requests")} value={count.format(total.requests)} />
        <Figure name={t("Tokens in")} value={count.format(total.input_tokens)} />
        <Figure name={t("Tokens out")} value={count.format(total.output_tokens)} />
        <Figure name={t("Money")} value={money.format(total.money)} />
      </dl>
      {budgets.length === 0 ? null : (
        <section aria-label={t("Budgets")} className="budgets">
          {budgets.map(({ name, used, limit }) => (
            <label key={name} className="budget">
              <span>{budgetName(name)}</span>
              <meter min={0} max={limit} high={limit * 0.9} low={limit * 0.7} optimum={0} value={used} />
              <span className="budget-left">
                {t("{used} of {limit}", {
                  used: budgetFigure(name, used),
                  limit: budgetFigure(name, limit),
                })}
              </span>
            </label>
          ))}
        </section>
      )}
      <figure className="panel">
        <figcaption>{t("{metric} by day", { metric: nameOf(metric) })}</figcaption>
        <Bars days={days} metric={metric} format={format} />
        <details>
          <summary>{t("As a table")}</summary>
          <Rows
            head={t("Day")}
            metric={metric}
            rows={days
              .filter(({ line }) => line.requests > 0)
              .map(({ day, line }) => [day, amount(line, metric)])}
          />
        </details>
      </figure>
      <section className="panel" aria-label={t("By model")}>
        <h3 className="panel-title">{t("{metric} by model", { metric: nameOf(metric) })}</h3>
        <Rows
          head={t("Model")}
          metric={metric}
          rows={usage.models
            .map(({ model, ...line }) => [model, amount(line, metric)] as const)
            .toSorted(([, a], [, b]) => b - a)}
        />
      </section>
    </>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Rows({
  head,
  metric,
  rows,
}: {
  head: string;
  metric: Metric;
  rows: readonly (readonly [name: string, value: number])[];
}) {
  const most = Math.max(...rows.map(([, value]) => value), 0) || 1;
  const format = metric === "money" ? money : count;
  return (
    <table className="rows">
      <thead>
        <tr>
          <th scope="col">{head}</th>
          <th scope="col" className="rows-value">
            {nameOf(metric)}
          </th>
          <td />
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, value]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td className="rows-value">{format.format(value)}</td>
            <td className="rows-bar" aria-hidden="true">
              {/* biome-ignore lint/a11y/noSvgWithoutTitle: the figure beside it says the same */}
              <svg viewBox="0 0 100 8" preserveAspectRatio="none">
                <rect className="bar" width={(value / most) * 100} height={8} rx={2} />
              </svg>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function budgetName(name: "tokensPerDay" | "tokensPerMonth" | "moneyPerDay" | "moneyPerMonth"): string {
  return {
    tokensPerDay: t("Tokens today"),
    tokensPerMonth: t("Tokens this month"),
    moneyPerDay: t("Money today"),
    moneyPerMonth: t("Money this month"),
  }[name];
}

const budgetFigure = (name: string, value: number): string =>
  (name.startsWith("money") ? money : count).format(value);

/** Asks for the language each time: it may change while the room is open. */
function numbers(options: Intl.NumberFormatOptions): { format(value: number): string } {
  return { format: (value) => new Intl.NumberFormat(currentLocale(), options).format(value) };
}

function monthName(period: string): string {
  return new Date(`${period}-01T00:00:00Z`).toLocaleDateString(currentLocale(), {
    year: "numeric",
    month: "long",
    timeZone: "UTC",
  });
}

function useUsage(connection: Connection, period: string): readonly [Loaded, () => void] {
  const [loaded, setLoaded] = useState<Loaded>({ state: "loading" });
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round is what asks again
  useEffect(() => {
    const abort = new AbortController();
    setLoaded({ state: "loading" });
    connection
      .ask(`/usage?period=${period}`, abort.signal)
      .then(async (response) => {
        if (response.status === 404) return setLoaded({ state: "uncounted" });
        if (!response.ok) throw new Error(t("the worker answered {status}", { status: response.status }));
        setLoaded({ state: "ready", usage: readReport(await response.json()) });
      })
      .catch((error: unknown) => {
        if (abort.signal.aborted) return;
        setLoaded({ state: "failed", reason: error instanceof Error ? error.message : String(error) });
      });
    return () => abort.abort();
  }, [connection, period, round]);
  return [loaded, () => setRound((current) => current + 1)];
}
