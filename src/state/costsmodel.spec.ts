import type { ICostsReport } from '../api/costs';
import { settle } from '../testing/kernel';
import { sample } from '../testing/sampledata';
import { FakeServer } from '../testing/server';
import { CostsModel } from './costsmodel';
import { FaasManager } from './manager';

test('a report without calls is read again as soon as the target lists an activation', async () => {
  const full = sample<ICostsReport>('cost');
  const empty = { ...full, functions: [] };
  let called = false;
  const server = new FakeServer(({ path }) => {
    if (path === 'cost') {
      return [200, called ? full : empty];
    }
    return [200, path === 'activations' && !called ? { activations: [], as_of: 1 } : sample(path)];
  });
  const manager = new FaasManager({ api: server.api, pollInterval: 1000 });
  await manager.refresh();
  const model = new CostsModel({ manager });
  await settle();
  expect(model.report?.functions).toEqual([]);
  called = true;
  await manager.refreshActivations();
  await settle();
  expect(model.report?.functions).not.toEqual([]);
  const asked = server.log.filter(one => one.endsWith('cost')).length;
  await manager.refreshActivations();
  expect(server.log.filter(one => one.endsWith('cost')).length).toBe(asked);
  model.dispose();
  manager.dispose();
});
