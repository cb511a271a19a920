/** The commands of the extension. Those that name a function take `{ name }`; without it they ask. */
export const CommandIDs = {
  openPanel: 'faas:open-panel',
  refresh: 'faas:refresh',
  insertFunction: 'faas:insert-function',
  deployFunction: 'faas:deploy-function',
  cancelDeploy: 'faas:cancel-deploy',
  dismissFailure: 'faas:dismiss-failure',
  invokeFunction: 'faas:invoke-function',
  openFunction: 'faas:open-function',
  openSession: 'faas:open-session',
  showHistory: 'faas:show-history',
  rollBack: 'faas:roll-back',
  removeFunction: 'faas:remove-function',
  showCell: 'faas:show-cell',
  openFlow: 'faas:open-flow',
  copyUrl: 'faas:copy-url',
  copyCurl: 'faas:copy-curl',
  useTarget: 'faas:use-target',
  startPlayground: 'faas:start-playground',
  stopPlayground: 'faas:stop-playground',
  loadKernelHalf: 'faas:load-kernel-half'
} as const;
