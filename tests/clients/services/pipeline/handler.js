'use strict';

exports.split = ({ text }) => ({ lines: text.split(' ') });

exports.number = ({ lines }) => ({ numbered: lines.map((line, n) => `${n} ${line}`) });
