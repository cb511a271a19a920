import React from 'react';

import '../../style/widgets.css';
import '../../style/components-card.css';
import { FunctionCard } from '../components/card/functioncard';
import { ActivationView } from '../components/run/activationview';
import { UnknownPayload } from '../components/unknownpayload';
import { badge, packageState } from '../state/functionstate';
import { createWidget } from './host';

/** The widget of a function card, for front ends without the lab extension. */
export default createWidget((payload, actions) => {
  if (payload.type === 'activation') {
    return <ActivationView activation={payload} />;
  }
  if (payload.type === 'session') {
    return <UnknownPayload what={payload.type} />;
  }
  const state = packageState(payload.bundle, payload.deployed, true);
  return (
    <FunctionCard
      card={payload}
      badge={badge(state, { job: null, version: null, seen: null })}
      deployed={payload.deployed}
      current={state === 'deployed'}
      targetLabel={payload.target.label}
      forecast={payload.forecast}
      measuring
      now={Date.now()}
      actions={{ ...actions, command: actions.deploy ? undefined : `%faas deploy ${payload.name}` }}
    />
  );
});
