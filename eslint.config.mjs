import js from '@eslint/js';
import jupyter from '@jupyter/eslint-plugin';
import { defineConfig } from 'eslint/config';
import imports from 'eslint-plugin-import-x';
import typescript from 'typescript-eslint';

// The floors of src/, lowest first: a module imports from its own floor and from those below. Every
// entry is a glob, because a zone does not take globs and plain paths together.
const PURE = [
  'api/!(faas|request).ts',
  'commands.*',
  'components/**',
  'flow/**',
  'format/**',
  'icons.*',
  'state/functionstate.*'
];
const FLOORS = [
  [...PURE, 'tokens.*'],
  ['api/@(faas|request).ts'],
  ['state/!(functionstate).ts'],
  ['dialogs/**', 'documents/**', 'notebook/**', 'renderer/**', 'sidebar/**'],
  ['plugins/**'],
  ['index.*']
];

// Folders of one floor that do not know each other.
const APART = [
  ...FLOORS[3],
  ...['activation', 'costs', 'function', 'graph'].map(one => `documents/${one}/**`)
];

const within = name => `./src/${name}`;

// `documents/**` holds `documents/costs/**`: neither is apart from the other.
const overlap = (one, other) =>
  one.startsWith(other.replace('**', '')) || other.startsWith(one.replace('**', ''));

const zones = [
  ...FLOORS.flatMap((floor, height) =>
    floor.map(target => ({
      target: within(target),
      from: [...FLOORS.slice(height + 1).flat(), 'widgets/**'].map(within),
      message: 'Imports point down only: see the floors in eslint.config.mjs.'
    }))
  ),
  ...APART.map(target => ({
    target: within(target),
    from: APART.filter(one => !overlap(one, target)).map(within),
    message: 'These folders do not know each other: see APART in eslint.config.mjs.'
  })),
  {
    target: within('widgets/**'),
    from: [...FLOORS.slice(1).flat(), 'tokens.*'].map(within),
    message: 'The anywidget bundles stand on the lowest floor only.'
  }
];

const NO_JUPYTERLAB = {
  patterns: [
    {
      group: ['@jupyterlab/*', '@lumino/*'],
      message: 'This is also bundled into the anywidget displays, which run without JupyterLab.'
    }
  ]
};

export default defineConfig([
  {
    ignores: [
      '**/node_modules',
      '**/static',
      'lib',
      'coverage',
      'build',
      'dist',
      '.*',
      'jupyter_faas/labextension',
      'docs'
    ]
  },
  js.configs.recommended,
  {
    files: ['src/**/*.{ts,tsx}'],
    extends: [typescript.configs.strictTypeChecked, jupyter.configs.recommended],
    plugins: { import: imports, jupyter },
    languageOptions: { parserOptions: { projectService: true } },
    settings: {
      'import-x/resolver-next': [
        imports.createNodeResolver({ extensions: ['.ts', '.tsx', '.js', '.json'] })
      ]
    },
    rules: {
      curly: ['error', 'all'],
      eqeqeq: 'error',
      'prefer-arrow-callback': 'error',
      'import/no-cycle': 'error',
      'import/no-restricted-paths': ['error', { zones }],
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { fixStyle: 'inline-type-imports', prefer: 'type-imports' }
      ],
      '@typescript-eslint/naming-convention': [
        'error',
        { selector: 'interface', format: ['PascalCase'], prefix: ['I'] }
      ],
      // A namespace beside a class holds its options, as in JupyterLab.
      '@typescript-eslint/no-namespace': 'off',
      // A token has the name of the interface that it provides, as in JupyterLab.
      '@typescript-eslint/no-redeclare': 'off',
      // Signals take the method and its receiver apart: `changed.connect(this._onChanged, this)`.
      '@typescript-eslint/unbound-method': 'off',
      // One language so far, and the components are bundled without JupyterLab's translator too.
      'jupyter/no-untranslated-string': 'off',
      // The whole bundle is one small file that every plugin needs.
      'jupyter/prefer-lazy-imports': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }]
    }
  },
  {
    files: [...PURE, 'widgets/**'].map(name => `src/${name}`),
    ignores: ['**/*.spec.*'],
    rules: { '@typescript-eslint/no-restricted-imports': ['error', NO_JUPYTERLAB] }
  },
  {
    files: ['src/**/*.spec.{ts,tsx}', 'src/testing/**'],
    rules: {
      'import/no-restricted-paths': 'off',
      'jupyter/require-disposable-ownership': 'off',
      // A test that meets a missing value has failed, and says where.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // The caller of a sample knows its type.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // React draws what an asynchronous act() started.
      '@typescript-eslint/require-await': 'off',
      // Mocks are typed by what they stand in for.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off'
    }
  },
  {
    files: ['jupyter_faas/shipped/workers/*.js'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: { Buffer: 'readonly', process: 'readonly', require: 'readonly' }
    }
  },
  {
    files: ['tests/{clients,composer}/**/*.js'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: {
        Buffer: 'readonly',
        console: 'readonly',
        exports: 'readonly',
        fetch: 'readonly',
        module: 'writable',
        process: 'readonly',
        require: 'readonly',
        setTimeout: 'readonly'
      }
    }
  },
  {
    files: ['tests/clients/composer/compositions/**'],
    // What composer.let declares is in no scope of JavaScript's.
    rules: { 'no-undef': 'off' }
  },
  {
    files: ['*.mjs', '*.cjs'],
    languageOptions: {
      globals: { console: 'readonly', module: 'writable', process: 'readonly', require: 'readonly' }
    }
  }
]);
