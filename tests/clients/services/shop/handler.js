'use strict';

exports.greet = ({ greeting, name = 'stranger' }) => {
  console.log(`greeting ${name}`);
  console.error(`loudly ${name}`);
  return name === 'nobody' ? { error: 'nobody is there' } : { text: `${greeting} ${name}` };
};

exports.order = ({ item }) => ({ item });

exports.page = () => ({ body: '<h1>Shop</h1>' });
