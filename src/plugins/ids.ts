/** Of the sidebar in the shell. */
export const SIDEBAR_ID = 'jupyter_faas:sidebar';
