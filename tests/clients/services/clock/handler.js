'use strict';

exports.tick = ({ word }) => ({ word });
