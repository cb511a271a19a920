/**
 * The shape of `src/`: what ESLint does not check, because its rule on cycles passes over imports of
 * types, and it has none on folders.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';

const ROOT = join(__dirname, '..');
const IMPORT = /(?:\bfrom|\bimport|\bimport\()\s*'(\.[^']+)'/g;

const MODULES_IN_FOLDER = 20;
const MODULES_IN_ROOT = 5;

const files = readdirSync(ROOT, { recursive: true, encoding: 'utf-8' })
  .filter(file => /\.tsx?$/.test(file))
  .map(file => file.split(sep).join('/'));
const modules = files.filter(file => !/\.spec\./.test(file));

/** The module that a relative specifier leads to; undefined for style sheets. */
function resolved(file: string, specifier: string): string | undefined {
  const path = relative(ROOT, join(ROOT, dirname(file), specifier))
    .split(sep)
    .join('/');
  return [`${path}.ts`, `${path}.tsx`, `${path}/index.ts`].find(one => existsSync(join(ROOT, one)));
}

const imports = new Map(
  files.map(file => {
    const text = readFileSync(join(ROOT, file), 'utf-8');
    const found = [...text.matchAll(IMPORT)].flatMap(([, name]) => resolved(file, name!) ?? []);
    return [file, found];
  })
);

/** The first cycle that a walk finds, as a path that ends where it began. */
function cycle(): string[] | null {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): string[] | null => {
    if (path.includes(file)) {
      return [...path.slice(path.indexOf(file)), file];
    }
    if (done.has(file)) {
      return null;
    }
    path.push(file);
    for (const next of imports.get(file) ?? []) {
      const found = visit(next);
      if (found) {
        return found;
      }
    }
    path.pop();
    done.add(file);
    return null;
  };
  for (const file of files) {
    const found = visit(file);
    if (found) {
      return found;
    }
  }
  return null;
}

function byFolder(): Map<string, string[]> {
  const folders = new Map<string, string[]>();
  for (const file of modules) {
    folders.set(dirname(file), [...(folders.get(dirname(file)) ?? []), basename(file)]);
  }
  return folders;
}

describe('src/', () => {
  it('has imports to walk', () => {
    expect(imports.get('index.ts')).toContain('plugins/commands/index.ts');
    expect(imports.get('components/button.tsx')).toContain('components/icon.tsx');
  });

  it('has no cycle of imports, those of types included', () => {
    expect(cycle()).toBeNull();
  });

  it('has few modules in its root', () => {
    expect(byFolder().get('.')!.length).toBeLessThanOrEqual(MODULES_IN_ROOT);
  });

  it('has no folder of more modules than a reader can take in', () => {
    const large = [...byFolder()].filter(([, names]) => names.length > MODULES_IN_FOLDER);
    expect(large).toEqual([]);
  });

  it('has no two modules in a folder that differ only by a plural', () => {
    const alike = [...byFolder()].flatMap(([folder, names]) => {
      const stems = new Set(names.map(name => name.replace(/\..*$/, '')));
      return [...stems].filter(stem => stems.has(`${stem}s`)).map(stem => `${folder}/${stem}`);
    });
    expect(alike).toEqual([]);
  });
});
