/**
 * The command ids of the extension. Commands on a function take `{ name }`; without a name they ask
 * the user.
 */
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
  openCell: 'faas:open-cell',
  showLine: 'faas:show-line',
  openCosts: 'faas:open-costs',
  setBudget: 'faas:set-budget',
  keepWarm: 'faas:keep-warm',
  stopKeepingWarm: 'faas:stop-keeping-warm',
  openFlow: 'faas:open-flow',
  copyUrl: 'faas:copy-url',
  copyCurl: 'faas:copy-curl',
  fireTrigger: 'faas:fire-trigger',
  pauseRule: 'faas:pause-rule',
  resumeRule: 'faas:resume-rule',
  addTarget: 'faas:add-target',
  useTarget: 'faas:use-target',
  followDefault: 'faas:follow-default-target',
  makeDefault: 'faas:make-default-target',
  startPlayground: 'faas:start-playground',
  stopPlayground: 'faas:stop-playground',
  loadKernelHalf: 'faas:load-kernel-half'
} as const;

/** The id of the sidebar's widget in the shell. */
export const SIDEBAR_ID = 'jupyter_faas:sidebar';
