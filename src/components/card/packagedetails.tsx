import React from 'react';

import { plural, size } from '../../format/format';
import { checkOutcome } from '../../format/preflight';
import { Disclosure } from '../disclosure';
import { CardRow } from './cardrows';
import type { ICardProps } from './props';

/** The rows about a package, which are collapsed once the target runs this package. */
export function PackageDetails(
  props: ICardProps & { children: React.ReactNode }
): React.ReactElement {
  if (!props.current) {
    return <>{props.children}</>;
  }
  return (
    <CardRow label="Details">
      <Disclosure summary={<span>{summary(props)}</span>}>
        <div className="jp-FaasCard-details">{props.children}</div>
      </Disclosure>
    </CardRow>
  );
}

function summary({ card, preflight }: ICardProps): string {
  const checks = preflight?.preflight ?? card.preflight;
  const warned = checks.filter(one => checkOutcome(one) !== 'ok').length;
  return [
    ...card.models.map(model => `${model.class}, ${size(model.size)}`),
    `package ${size(card.size)}`,
    // The details also show the cold start, which is not one of these checks, so no number is shown.
    warned > 0 ? plural(warned, 'preflight warning') : 'preflight checks passed'
  ].join('  ·  ');
}
