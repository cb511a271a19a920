import React from 'react';

import type { ICostsReport, IFunctionCost } from '../../api/costs';
import { FunctionName } from '../../components/functionname';
import { Icon } from '../../components/icon';
import { count, duration, gbSeconds, memory, MISSING, share } from '../../format/format';
import { PER_MILLION } from '../../format/money';
import { sortFunctions, type Column, type ISortOrder } from './sorting';

/**
 * The order in which a narrow table hides columns: first `roomy`, then `spare`, then `last` ones.
 */
type Room = '' | 'jp-mod-last' | 'jp-mod-spare' | 'jp-mod-roomy';

interface IColumn {
  key: Column;
  head: string;
  room: Room;
  title?: string;
  words: (one: IFunctionCost) => string;
  /** Why the cell is empty, if that needs a reason. */
  whyEmpty?: (one: IFunctionCost) => string | undefined;
}

const COLUMNS: readonly IColumn[] = [
  {
    key: 'memory',
    head: 'Memory, MB',
    room: 'jp-mod-spare',
    words: one => (one.memory_mb === null ? MISSING : count(one.memory_mb))
  },
  { key: 'calls', head: 'Calls', room: 'jp-mod-last', words: one => count(one.calls) },
  {
    key: 'p50',
    head: 'Median',
    room: 'jp-mod-spare',
    title: 'Half of the calls took this long or less',
    words: one => duration(one.p50_ms)
  },
  {
    key: 'p95',
    head: '95th percentile',
    room: 'jp-mod-roomy',
    title: '95% of the calls took this long or less',
    words: one => duration(one.p95_ms)
  },
  {
    key: 'cold',
    head: 'Cold',
    room: 'jp-mod-roomy',
    title: 'Share of calls that were cold starts. The parts of a composition have their own rows.',
    words: one => (one.cold_share === null ? MISSING : share(one.cold_share)),
    whyEmpty: ({ cold_share, kind }) =>
      cold_share === null && (kind === 'composition' || kind === 'sequence')
        ? `Cold starts are counted for functions. Those that this ${kind} waits for are in the rows ` +
          'of its functions. To find its runs with a cold start, use the filter “Cold start” of ' +
          'the activations in the sidebar.'
        : undefined
  },
  {
    key: 'gb_seconds',
    head: 'GB-s',
    room: 'jp-mod-roomy',
    words: one => gbSeconds(one.gb_seconds)
  },
  {
    key: 'million',
    head: PER_MILLION,
    room: '',
    title: 'Cost of a million calls like these',
    words: one => one.per_million_text ?? MISSING
  },
  { key: 'cost', head: 'Cost', room: '', words: one => one.cost_text ?? MISSING }
];

interface ICostsTableProps {
  report: ICostsReport;
  order: ISortOrder;
  /** The name of the selected function; null for the total. */
  selected: string | null;
  onSelect: (name: string | null) => void;
  onSort: (column: Column) => void;
}

/** The table of functions with calls and costs. A click selects a function or the total. */
export function CostsTable(props: ICostsTableProps): React.ReactElement {
  const { report, order, selected, onSelect, onSort } = props;
  const { total } = report;
  const sums: { [column in Column]?: string } = {
    calls: count(total.calls),
    gb_seconds: gbSeconds(total.gb_seconds),
    cost: total.cost_text
  };
  return (
    <div className="jp-FaasTable-scroll">
      <table className="jp-FaasTable jp-FaasCosts-table" aria-label="Costs of functions">
        <thead>
          <tr>
            <Head column={{ key: 'name', head: 'Function', room: '' }} {...{ order, onSort }} />
            {COLUMNS.map(column => (
              <Head key={column.key} column={column} {...{ order, onSort }} />
            ))}
          </tr>
        </thead>
        <tbody>
          {sortFunctions(report.functions, order).map(one => (
            <Row
              key={one.name}
              one={one}
              report={report}
              current={one.name === selected}
              onSelect={() => onSelect(one.name)}
            />
          ))}
        </tbody>
        <tfoot>
          <tr
            className="jp-FaasTable-total"
            aria-current={selected === null}
            onClick={() => onSelect(null)}
          >
            <td>
              <button type="button" className="jp-FaasCost-call" onClick={() => onSelect(null)}>
                Total
              </button>
            </td>
            {COLUMNS.map(({ key, room }) => (
              <td key={key} className={`jp-Faas-number jp-mod-right ${room}`}>
                {sums[key]}
              </td>
            ))}
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

interface IHeadProps {
  column: Pick<IColumn, 'key' | 'head' | 'room' | 'title'>;
  order: ISortOrder;
  onSort: (column: Column) => void;
}

function Head({ column, order, onSort }: IHeadProps): React.ReactElement {
  const { key, head, room, title } = column;
  const sorted = order.column === key;
  const way = order.descending ? 'descending' : 'ascending';
  return (
    <th
      scope="col"
      className={key === 'name' ? undefined : `jp-mod-right ${room}`}
      aria-sort={sorted ? way : 'none'}
    >
      <button
        type="button"
        className="jp-FaasCosts-sort"
        title={title ?? `Sort by ${head}`}
        onClick={() => onSort(key)}
      >
        {head}
        {sorted && <Icon name="down" small className={order.descending ? '' : 'jp-mod-turned'} />}
      </button>
    </th>
  );
}

const ICONS = { function: 'lambda', composition: 'flow', sequence: 'flow', feed: 'clock' } as const;

interface IRowProps {
  one: IFunctionCost;
  report: ICostsReport;
  current: boolean;
  onSelect: () => void;
}

function Row({ one, report, current, onSelect }: IRowProps): React.ReactElement {
  const { largest_mb: largest, label } = report.prices;
  const tooLarge =
    one.runnable || largest === null ? null : `${label} allows at most ${memory(largest)}`;
  return (
    <tr
      aria-current={current}
      className={one.kind === 'feed' ? 'jp-Faas-secondary' : undefined}
      onClick={onSelect}
    >
      <td>
        <span className="jp-FaasCosts-name">
          <Icon name={ICONS[one.kind]} />
          <button
            type="button"
            className="jp-FaasCost-call"
            title={rowTooltip(one)}
            aria-label={`Show ${one.name}`}
            onClick={onSelect}
          >
            <FunctionName name={one.name} />
          </button>
          {one.kind === 'feed' && <span className="jp-Faas-secondary">schedules</span>}
          {tooLarge !== null && (
            <span role="img" aria-label={tooLarge} title={tooLarge}>
              <Icon name="triangle" tone="warn" small />
            </span>
          )}
        </span>
      </td>
      {COLUMNS.map(({ key, room, words, whyEmpty }) => (
        <td key={key} className={`jp-Faas-number jp-mod-right ${room}`} title={whyEmpty?.(one)}>
          {words(one)}
        </td>
      ))}
    </tr>
  );
}

/** Return a tooltip with all columns, because some columns may be hidden. */
function rowTooltip(one: IFunctionCost): string {
  const columns = COLUMNS.map(({ head, words }) => `${head}: ${words(one)}`);
  return [one.name, ...columns, ...COLUMNS.flatMap(({ whyEmpty }) => whyEmpty?.(one) ?? [])].join(
    '\n'
  );
}
