import React from 'react';

import '../../style/widgets.css';
import { ActivationView } from '../components/run/activationview';
import { UnknownPayload } from '../components/unknownpayload';
import { widgetOf } from './host';

/** One run, for front ends without the lab extension. */
export default widgetOf(payload =>
  payload.type === 'activation' ? (
    <ActivationView activation={payload} />
  ) : (
    <UnknownPayload what={payload.type} />
  )
);
