/** Tests lie beside what they test: `src/a/b.spec.ts` tests `src/a/b.ts`. */
export default {
  // Jest alone leaves one processor free, and CI has two.
  maxWorkers: '100%',
  testEnvironment: '<rootDir>/src/testing/environment.cjs',
  testMatch: ['<rootDir>/src/**/*.spec.{ts,tsx}'],
  modulePathIgnorePatterns: ['<rootDir>/(build|dist|jupyter_faas|lib|[.].*)/'],
  moduleNameMapper: { '\\.css$': '<rootDir>/src/testing/emptymodule.ts' },
  setupFiles: ['<rootDir>/src/testing/browser.ts'],
  transform: { '\\.([cm]?[jt]sx?|svg)$': '<rootDir>/jest.transform.cjs' },
  // JupyterLab and what it stands on come as ES modules; the rest of node_modules runs as it is.
  transformIgnorePatterns: [
    '/node_modules/(?!(@codemirror|@jupyter|@jupyterlab|@lezer|@lumino|@marijn|@microsoft|@noble|@rjsf|crelt|d3-[a-z-]+|exenv-es6|internmap|lib0|nanoid|style-mod|vscode-.*|w3c-keyname|y-protocols|yjs)/)'
  ]
};
