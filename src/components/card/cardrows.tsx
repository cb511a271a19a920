import React from 'react';

import type { ICard, IForecast, IModelFacts, IParity } from '../../api/card';
import { about, count, magnitude, size } from '../../format/format';
import { Facts } from '../facts';
import { Icon } from '../icon';

/** The maximum number of lines for files. If there are more files, the smallest share one line. */
const MAX_FILES = 8;

/** The route of models that are packaged without conversion, in the skops format. */
const SKOPS_ROUTE = 'skops';

/** The requirements of such a model that a target may lack although it has the other ones. */
const SKOPS_NEEDS = ['scikit-learn', 'skops'];

interface IRowProps {
  label: string;
  children: React.ReactNode;
}

/** A labelled group of lines. */
export function CardRow({ label, children }: IRowProps): React.ReactElement {
  return (
    <div className="jp-FaasCard-row">
      <div className="jp-FaasCard-label">{label}</div>
      <div className="jp-FaasCard-value">{children}</div>
    </div>
  );
}

/** Facts on one line, separated by dots. */
export function DottedFacts({
  facts,
  mono
}: {
  facts: string[];
  mono?: boolean;
}): React.ReactElement {
  return <Facts facts={facts.filter(Boolean)} className={mono ? 'jp-Faas-mono' : undefined} />;
}

interface IModelRowProps {
  model: IModelFacts;
  /** The forecast, if known. */
  forecast?: IForecast;
  /** The requirements of the package, for the versions that an unconverted estimator needs. */
  requirements?: ICard['requirements'];
  /** Whether to show the model's name because there are several models. */
  named: boolean;
}

export function ModelRow({
  model,
  forecast,
  requirements,
  named
}: IModelRowProps): React.ReactElement {
  const classes = model.classes === null ? '' : `${count(model.classes)} classes`;
  const weight = model.stored ? `${size(model.size)} in the model store` : size(model.size);
  return (
    <CardRow label="Model">
      <div className="jp-FaasCard-line">
        {named && <span className="jp-Faas-mono">{model.name}</span>}
        <span>{model.class}</span>
        <span className="jp-Faas-secondary">
          {model.route === SKOPS_ROUTE
            ? 'in the skops format'
            : `${model.route === 'as is' ? '' : 'converted to '}ONNX, opset ${model.opset}`}
        </span>
      </div>
      <DottedFacts facts={[model.inputs, classes, ...model.details, weight]} />
      <Parity parity={model.parity} />
      {model.route === SKOPS_ROUTE &&
        estimatorFacts(model, forecast, requirements).map(fact => (
          <div key={fact} className="jp-FaasCard-line jp-Faas-secondary jp-Faas-small">
            <span>{fact}</span>
          </div>
        ))}
    </CardRow>
  );
}

/** Why an estimator was not converted, the other types that it loads, and what it costs. */
function estimatorFacts(
  model: IModelFacts,
  forecast: IForecast | undefined,
  requirements: ICard['requirements'] = []
): string[] {
  const foreign = (model.foreign_types ?? []).map(
    one =>
      `${one.type} (${one.distribution ? `${one.distribution} ${one.version}` : 'your module'})`
  );
  const cold = forecast?.cold_ms ?? null;
  const needed = SKOPS_NEEDS.flatMap(name => requirements.filter(one => one.name === name)).map(
    one => `${one.name} ${one.version}`
  );
  return [
    model.why ? `Why not ONNX: ${model.why}` : '',
    foreign.length > 0 ? `Uses types that are not part of scikit-learn: ${foreign.join(', ')}` : '',
    `Larger and slower to start than ONNX${cold === null ? '' : `: a cold start takes ${about(cold)}`}`,
    needed.length > 0 ? `The target needs exactly ${needed.join(' and ')}` : ''
  ].filter(Boolean);
}

function Parity({ parity }: { parity: IParity }): React.ReactElement {
  const parts = [];
  if (parity.labels_total > 0) {
    parts.push(`labels agree ${count(parity.labels_agree)}/${count(parity.labels_total)}`);
  }
  if (parity.max_difference !== null) {
    parts.push(`max Δ ${magnitude(parity.max_difference)}`);
  }
  const words =
    parts.join(', ') ||
    (parity.rows > 0 ? `${count(parity.rows)} rows agree` : 'packaged unchanged');
  const covered = coveredRows(parity.covered);
  return (
    <>
      <div className="jp-FaasCard-line" title={covered}>
        <Icon name={parity.ok ? 'check' : 'warning'} tone={parity.ok ? 'ok' : 'warn'} />
        <span>
          {parity.ok
            ? `Same as the original: ${words}`
            : `Not the same as the original${parity.accepted ? ', accepted with --accept-parity' : ''}: ${words}`}
        </span>
      </div>
      {covered && (
        <div className="jp-FaasCard-line jp-Faas-secondary jp-Faas-small">
          <span>{covered}</span>
        </div>
      )}
      {parity.warnings.map(warning => (
        <div key={warning} className="jp-FaasCard-line">
          <Icon name="warning" tone="warn" />
          <span>{warning}</span>
        </div>
      ))}
    </>
  );
}

/** Return which rows were compared. Those of the first part add up to the number of rows. */
function coveredRows(covered: IParity['covered']): string {
  if (covered.length === 0) {
    return '';
  }
  const counted = covered.filter(one => !one.extra);
  const rowsOf = (extra: string) =>
    covered.reduce((sum, one) => sum + (one.extra === extra ? one.rows : 0), 0);
  const [again, boundary] = [rowsOf('again'), rowsOf('boundary')];
  return [
    `Rows compared: ${counted.map(one => `${count(one.rows)} ${one.set}`).join(', ')}`,
    ...(again > 0 ? [`${count(again)} of them also one at a time`] : []),
    ...(boundary > 0
      ? [`${count(boundary)} more at decision boundaries, where differences only cause a warning`]
      : [])
  ].join('; ');
}

export function CapturedRow({ captured }: Pick<ICard, 'captured'>): React.ReactElement {
  return (
    <CardRow label="Includes">
      <div className="jp-FaasCard-table">
        <div className="jp-FaasCard-includes">
          {captured.map(one => (
            <React.Fragment key={`${one.kind} ${one.name}`}>
              <span className="jp-Faas-mono jp-Faas-ellipsis" title={one.name}>
                {one.name}
              </span>
              <span>{one.kind}</span>
              <span className="jp-Faas-number jp-mod-right">
                {/* An import adds nothing to the package. */}
                {one.size > 0 ? size(one.size) : ''}
              </span>
              {one.note ? (
                <span className="jp-FaasCard-note">
                  <Icon name="warning" tone="warn" />
                  <span>
                    {one.why}; {one.note}
                  </span>
                </span>
              ) : (
                <span className="jp-Faas-secondary">{one.why}</span>
              )}
            </React.Fragment>
          ))}
        </div>
      </div>
    </CardRow>
  );
}

export function PackageRow({
  files,
  size: zipped
}: Pick<ICard, 'files' | 'size'>): React.ReactElement {
  const largest = Math.max(1, ...files.map(file => file.size));
  const bySize = [...files].sort((a, b) => b.size - a.size);
  const kept = new Set(files.length > MAX_FILES ? bySize.slice(0, MAX_FILES - 1) : files);
  const rest = files.filter(file => !kept.has(file));
  const lines = files.filter(file => kept.has(file)).map(file => ({ ...file, mono: true }));
  if (rest.length > 0) {
    const sum = rest.reduce((total, file) => total + file.size, 0);
    lines.push({ path: `${rest.length} smaller files`, size: sum, mono: false });
  }
  return (
    <CardRow label="Package">
      <div className="jp-FaasCard-package">
        {lines.map(line => (
          <React.Fragment key={line.path}>
            <span
              className={line.mono ? 'jp-Faas-mono jp-Faas-ellipsis' : 'jp-Faas-secondary'}
              title={line.path}
            >
              {line.path}
            </span>
            <span className="jp-Faas-number jp-mod-right">{size(line.size)}</span>
            <span className="jp-FaasMeter" aria-hidden="true">
              <span style={{ width: `${Math.max(1, (100 * line.size) / largest)}%` }} />
            </span>
          </React.Fragment>
        ))}
        <span className="jp-mod-strong">Total, zipped</span>
        <span className="jp-Faas-number jp-mod-right jp-mod-strong">{size(zipped)}</span>
        <span />
      </div>
    </CardRow>
  );
}

export function RequirementsRow({
  requirements
}: Pick<ICard, 'requirements'>): React.ReactElement | null {
  return requirements.length === 0 ? null : (
    <CardRow label="Requirements">
      <DottedFacts mono facts={requirements.map(one => `${one.name} ${one.version}`)} />
    </CardRow>
  );
}

export function CostsRow({ forecast }: { forecast: IForecast }): React.ReactElement | null {
  const { warm_cost_text: warm, cold_cost_text: cold, prices } = forecast;
  return warm === null || cold === null ? null : (
    <CardRow label="Cost">
      <DottedFacts facts={[`${warm} per million calls if warm`, `${cold} if cold`]} />
      <div className="jp-Faas-secondary jp-Faas-small">
        These prices are a forecast{prices ? ` with the prices of ${prices}` : ''}. It assumes that
        each cold start uses a new Python process. The cost view shows the measured prices.
      </div>
    </CardRow>
  );
}
