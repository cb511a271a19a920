import React from 'react';

import '../../style/widgets.css';
import { ActivationView } from '../components/run/activationview';
import { UnknownPayload } from '../components/unknownpayload';
import { createWidget } from './host';

/** The widget of one activation, for front ends without the lab extension. */
export default createWidget(payload =>
  payload.type === 'activation' ? (
    <ActivationView activation={payload} />
  ) : (
    <UnknownPayload what={payload.type} />
  )
);
