import React from 'react';

import type { IRollout, IVersionFigures, RolloutEnd } from '../../../api/rollouts';
import { Button } from '../../../components/button';
import { Icon } from '../../../components/icon';
import { Message } from '../../../components/message';
import { duration, MISSING, shortId, version } from '../../../format/format';
import { PER_MILLION } from '../../../format/money';
import type { RolloutModel } from './model';

/** This many answers that differ are shown. */
const MOST_ANSWERS = 10;

const TITLES = { canary: 'Canary', shadow: 'Shadow' };
const ROLES = { canary: ['Stable', 'Canary'], shadow: ['Deployed', 'Shadow'] };

interface IRolloutSectionsProps {
  model: RolloutModel;
  /** Whether the target is unreachable. */
  blocked: boolean;
  onEnd: (end: RolloutEnd, kind: IRollout['kind']) => void;
  openActivation: (id: string) => void;
}

/** A section for each new version beside the function: figures, answers and the buttons that end it. */
export function RolloutSections(props: IRolloutSectionsProps): React.ReactElement {
  const { state, value, message, hint } = props.model.rollouts;
  return (
    <>
      {state === 'failed' && (
        <Message tone="error" title={message}>
          {hint && <p>{hint}</p>}
        </Message>
      )}
      {value?.map((rollout, index) => (
        // The canary comes first, and the buttons end it before the shadow.
        <RolloutSection key={rollout.kind} {...props} rollout={rollout} first={index === 0} />
      ))}
    </>
  );
}

function RolloutSection(
  props: IRolloutSectionsProps & { rollout: IRollout; first: boolean }
): React.ReactElement {
  const { rollout, first, blocked, onEnd, openActivation } = props;
  const { kind, name, versions, summary } = rollout;
  const stopped = kind === 'canary' && rollout.rolled_back !== '';
  return (
    <section className="jp-FaasRollout" aria-label={TITLES[kind]}>
      <div className="jp-FaasPage-above">
        <h2 className="jp-FaasPage-heading">{TITLES[kind]}</h2>
        {first && (
          <div className="jp-FaasRollout-buttons">
            <Button
              disabled={blocked || stopped}
              label={`Promote the new version of ${name}…`}
              onClick={() => onEnd('promote', kind)}
            >
              Promote…
            </Button>
            <Button
              disabled={blocked}
              label={`Discard the new version of ${name}…`}
              onClick={() => onEnd('discard', kind)}
            >
              Discard…
            </Button>
          </div>
        )}
      </div>
      <p className="jp-FaasRollout-summary">
        {stopped && <Icon name="triangle" tone="warn" small />}
        {summary}
      </p>
      <div className="jp-FaasTable-scroll">
        <table className="jp-FaasTable jp-FaasRollout-table">
          <thead>
            <tr>
              <th>Version</th>
              <th>Action</th>
              <th className="jp-mod-right">Calls</th>
              <th className="jp-mod-right">Failed</th>
              <th className="jp-mod-right">Median</th>
              <th className="jp-mod-right">95th percentile</th>
              <th className="jp-mod-right">{PER_MILLION}</th>
            </tr>
          </thead>
          <tbody>
            {versions.map((one, index) => (
              <FiguresRow key={one.name} role={ROLES[kind][index] ?? ''} figures={one} />
            ))}
          </tbody>
        </table>
      </div>
      {kind === 'canary' && rollout.rollback_at !== null && !stopped && (
        <p className="jp-Faas-secondary">
          {`Once the canary has received 10 calls, it stops receiving calls as soon as more than ${rollout.rollback_at}% of its calls have failed.`}
        </p>
      )}
      {kind === 'shadow' && rollout.differing.length > 0 && (
        <div className="jp-FaasTable-scroll">
          <table className="jp-FaasTable jp-FaasRollout-table">
            <thead>
              <tr>
                <th>Input</th>
                <th>Difference</th>
                <th>Shadow’s run</th>
              </tr>
            </thead>
            <tbody>
              {rollout.differing.slice(0, MOST_ANSWERS).map(one => (
                <tr key={one.now.activation}>
                  <WholeCell
                    className="jp-Faas-mono jp-FaasRollout-input"
                    text={one.input === null ? MISSING : JSON.stringify(one.input.params)}
                  />
                  <WholeCell className="jp-FaasRollout-difference" text={one.difference} />
                  <td>
                    <button
                      type="button"
                      className="jp-FaasLinkButton jp-Faas-mono"
                      onClick={() => openActivation(one.now.activation)}
                    >
                      {shortId(one.now.activation)}
                    </button>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

/** A cell with a text that may be cut. Its tooltip has the whole. */
function WholeCell({ className, text }: { className: string; text: string }): React.ReactElement {
  return (
    <td className={className} title={text}>
      {text}
    </td>
  );
}

function FiguresRow({
  role,
  figures
}: {
  role: string;
  figures: IVersionFigures;
}): React.ReactElement {
  const { name, version: number, calls, failed, median_ms, p95_ms, cost_text } = figures;
  const share = calls > 0 ? ` (${Math.round((100 * failed) / calls)}%)` : '';
  return (
    <tr>
      <td>{role}</td>
      <td>
        {name} <span className="jp-Faas-secondary">{version(number)}</span>
      </td>
      <td className="jp-Faas-number jp-mod-right">{calls.toLocaleString('en-US')}</td>
      <td className="jp-Faas-number jp-mod-right">
        <span className="jp-FaasRollout-failed">
          {failed > 0 && <Icon name="error" tone="error" small />}
          {failed}
          {failed > 0 && share}
        </span>
      </td>
      <td className="jp-Faas-number jp-mod-right">
        {median_ms === null ? MISSING : duration(median_ms)}
      </td>
      <td className="jp-Faas-number jp-mod-right">
        {p95_ms === null ? MISSING : duration(p95_ms)}
      </td>
      <td className="jp-Faas-number jp-mod-right">{cost_text ?? MISSING}</td>
    </tr>
  );
}
