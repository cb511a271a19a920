'use strict';

// Composer's own client, from a program: node client.js NAME COMPOSITION.js PARAMS

const path = require('node:path');
const client = require('openwhisk-composer/client');

const [name, file, params] = process.argv.slice(2);

(async () => {
  const wsk = client();
  const composition = require(path.resolve(file)).compile();
  composition.name = name;
  const deployed = await wsk.compositions.deploy(composition, true);
  const result = await wsk.actions.invoke({
    name,
    params: JSON.parse(params),
    blocking: true,
    result: true
  });
  process.stdout.write(
    `${JSON.stringify({ deployed: deployed.map(({ name }) => name), result })}\n`
  );
})();
