import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';

import { describeError } from '../api/errors';
import { FaasApi } from '../api/faas';
import { ActivationSummaries, Announcer } from '../state/announcer';
import { FaasManager } from '../state/manager';
import { IFaasManager } from '../tokens';

/** The id of the plugin that owns the settings schema. */
export const SETTINGS = 'jupyter_faas:plugin';

const DEFAULT_INTERVAL_S = 1;

export const managerPlugin: JupyterFrontEndPlugin<IFaasManager> = {
  id: SETTINGS,
  description: 'Requests functions and activations from the server extension.',
  autoStart: true,
  provides: IFaasManager,
  optional: [ISettingRegistry],
  activate: (app: JupyterFrontEnd, registry: ISettingRegistry | null) => {
    const api = new FaasApi(app.serviceManager.serverSettings);
    const manager = new FaasManager({ api, pollInterval: DEFAULT_INTERVAL_S * 1000 });
    const announcer = new Announcer(document.body);
    const summaries = new ActivationSummaries(words => announcer.announce(words));
    manager.activationsAdded.connect((_, added) => summaries.add(added));
    if (registry) {
      void followSettings(registry, manager);
    }
    return manager;
  }
};

async function followSettings(registry: ISettingRegistry, manager: FaasManager): Promise<void> {
  const settings = await registry.load(SETTINGS);
  let target = '';
  const apply = () => {
    manager.pollInterval = Number(settings.composite.pollInterval) * 1000;
    const wanted = (settings.composite.target as string | undefined) ?? '';
    if (wanted !== '' && wanted !== target) {
      manager.preferTarget(wanted).catch((error: unknown) => {
        const { message, hint } = describeError(error);
        Notification.error([message, hint].filter(Boolean).join(' '));
      });
    }
    target = wanted;
  };
  settings.changed.connect(apply);
  apply();
}
