/**
 * The icons of jupyter_faas as SVG paths in a 24 × 24 view box. Panels use JupyterLab's LabIcons
 * where a suitable icon exists.
 */

export const PATHS = {
  /** The icon of a function. */
  lambda:
    'M5 4h4.1c.8 0 1.3.4 1.6 1.1l5 12.6c.3.7.6 1 1.3 1H19V21h-2.7c-1.5 0-2.3-.6-2.9-2L11 12.9 7.6 21H5.1l4.8-10.9-1.5-3.9c-.1-.3-.3-.4-.7-.4H5z',
  deploy: 'M5 3h14v2H5zM12 7l6.5 7H14v7h-4v-7H5.5z',
  check: 'M9 16.2 4.8 12l-1.4 1.4L9 19 21 7l-1.4-1.4z',
  /**
   * A flat triangle that points right while the content is collapsed and down while it is expanded.
   */
  right: 'M10 7l5 5-5 5z',
  down: 'M7 10l5 5 5-5z',
  /** The icon of a composition. */
  flow: 'M2 8h6v3h3V7c0-1.1.9-2 2-2h2V2h7v7h-7V7h-2v10h2v-2h7v7h-7v-3h-2a2 2 0 0 1-2-2v-4H8v3H2z',
  /** The icon of a schedule. */
  clock:
    'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm0 2.5a7.5 7.5 0 1 1 0 15 7.5 7.5 0 0 1 0-15zM11 7h2v4.6l3.4 3.4-1.4 1.4-4-4z',
  pause: 'M6 4h4v16H6zm8 0h4v16h-4z',
  plus: 'M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z',
  minus: 'M5 11h14v2H5z',
  fit: 'M3 3h7v2H5v5H3zm11 0h7v7h-2V5h-5zM3 14h2v5h5v2H3zm16 0h2v7h-7v-2h5z',
  save: 'M11 3h2v9l3.3-3.3 1.4 1.4L12 15.8l-5.7-5.7 1.4-1.4L11 12zM4 18h16v2H4z',
  dots: 'M3 12a2 2 0 1 0 4 0 2 2 0 1 0-4 0zM10 12a2 2 0 1 0 4 0 2 2 0 1 0-4 0zM17 12a2 2 0 1 0 4 0 2 2 0 1 0-4 0z',
  copy: 'M4 2h11v2H5v12H3V3a1 1 0 0 1 1-1zm4 4h12a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1zm1 2v12h10V8z',
  close:
    'M19 6.4 17.6 5 12 10.6 6.4 5 5 6.4l5.6 5.6L5 17.6 6.4 19l5.6-5.6 5.6 5.6 1.4-1.4-5.6-5.6z',
  cell: 'M3 5h18v14H3zm2 2v10h14V7zm2 2h6v2H7zm0 4h10v2H7z',
  /** The icon of costs: columns on two axes. */
  costs: 'M4 20h17v-2H6V4H4zM8 16h3v-5H8zm4.5 0h3V7h-3zm4.5 0h3v-7h-3z',
  warning: 'M12 2 1 21h22zm1 16h-2v-2h2zm0-3.5h-2V9.5h2z',
  error: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm1 15h-2v-2h2zm0-4h-2V7h2z',
  info: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm1 15h-2v-6h2zm0-8h-2V7h2z',
  /** The icon of a call that succeeded. */
  disc: 'M4 12a8 8 0 1 0 16 0 8 8 0 1 0-16 0z',
  'disc-check': 'M12 1a11 11 0 1 0 0 22 11 11 0 0 0 0-22zm-1.8 16L5 11.8 7 9.8l3.2 3.2L17 6.2l2 2z',
  'disc-cross':
    'M12 1a11 11 0 1 0 0 22 11 11 0 0 0 0-22zm5 6.4L13.4 12l3.6 4.6-1.4 1.4L12 14l-3.6 4L7 16.6 10.6 12 7 7.4 8.4 6 12 10l3.6-4z',
  /** An arc for work in progress. It turns unless the user prefers reduced motion. */
  arc: 'M12 3a9 9 0 1 1-9 9h3a6 6 0 1 0 6-6z',
  ring: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 3a6 6 0 1 1 0 12 6 6 0 0 1 0-12z',
  'broken-ring':
    'M12 2a10 10 0 0 1 3.9.8l-1.1 2.7a7 7 0 0 0-5.6 0L8.1 2.8A10 10 0 0 1 12 2zm9.2 6.1a10 10 0 0 1 0 7.8l-2.7-1.1a7 7 0 0 0 0-5.6zM2.8 8.1l2.7 1.1a7 7 0 0 0 0 5.6l-2.7 1.1a10 10 0 0 1 0-7.8zm5.3 13.1l1.1-2.7a7 7 0 0 0 5.6 0l1.1 2.7a10 10 0 0 1-7.8 0z',
  triangle: 'M12 3l10 18H2z',
  /** A cold start. The paths are drawn as strokes and not filled. */
  snowflake: 'M12 2v20M3.4 7l17.2 10M20.6 7L3.4 17M8.8 3.8L12 6.6l3.2-2.8M8.8 20.2l3.2-2.8 3.2 2.8'
} as const;

export type IconName = keyof typeof PATHS;

/** Return a complete SVG document, for JupyterLab's icon registry. */
export function svgText(name: IconName): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="16"><path class="jp-icon3 jp-icon-selectable" fill="#616161" fill-rule="evenodd" d="${PATHS[name]}"/></svg>`;
}
