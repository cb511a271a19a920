import React from 'react';

import { withPreset } from '../run/formfields';
import { TryIt } from '../run/tryit';
import { CardHeader } from './cardheader';
import { CardRow, CostsRow, ModelRow, PackageRow, RequirementsRow, CapturedRow } from './cardrows';
import { CleanRoomRow, ExamplesRow } from './cleanroom';
import { CompositionCard } from './compositioncard';
import { PackageDetails } from './packagedetails';
import { PreflightRow } from './preflightrow';
import type { ICardProps } from './props';

/**
 * The card of a `%%function` cell. It shows the package, the parity check and the forecast, and has
 * buttons that deploy and try the function.
 */
export function FunctionCard(props: ICardProps): React.ReactElement {
  const { card, current, actions } = props;
  if (card.composition) {
    return <CompositionCard {...props} facts={card.composition} />;
  }
  return (
    <section className="jp-FaasCard" aria-label={`Function ${card.name}`}>
      <CardHeader {...props} />
      {current && actions.invoke && (
        <CardRow label="Try it">
          <TryIt
            name={card.name}
            schema={withPreset(card.schema, card.preset)}
            initial={props.form}
            examples={card.examples?.map(example => example.params)}
            onEdited={props.onFormEdited}
            plain={props.changed}
            invoke={actions.invoke}
            resume={actions.resume}
            linkTo={actions.linkTo}
          />
        </CardRow>
      )}
      <PackageDetails {...props}>
        <PackageRows {...props} />
      </PackageDetails>
    </section>
  );
}

function PackageRows(props: ICardProps): React.ReactElement {
  const { card, forecast, measuring, actions } = props;
  // Models are excluded here because they have their own rows.
  const captured = card.captured.filter(one => one.kind !== 'model');
  return (
    <>
      {card.models.map(model => (
        <ModelRow
          key={model.name}
          model={model}
          forecast={forecast}
          requirements={card.requirements}
          named={card.models.length > 1}
        />
      ))}
      {captured.length > 0 && <CapturedRow captured={captured} />}
      <PackageRow files={card.files} size={card.size} />
      <RequirementsRow requirements={card.requirements} />
      <PreflightRow
        checks={props.preflight?.preflight ?? card.preflight}
        label={props.preflight?.target.label ?? card.target.label}
        timeoutMs={card.timeout_ms}
        forecast={forecast}
        measuring={measuring}
        setOption={actions.setOption}
        hasOption={actions.hasOption}
      />
      <CleanRoomRow forecast={forecast} measuring={measuring} />
      <CostsRow forecast={forecast} />
      <ExamplesRow examples={card.examples ?? []} copy={actions.copy} />
    </>
  );
}
