'use strict';

exports.hello = ({ name = 'stranger', __ow_method: method }) => ({ body: { name, method } });
