import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { chartDir } from '../../scripts/chart/helm.ts';

const read = (path: string) => readFileSync(join(chartDir, path), 'utf8');
const repository = join(chartDir, '..', '..');

describe('the files of the chart', () => {
  it('name the version of the program', () => {
    const { appVersion } = parse(read('Chart.yaml')) as { appVersion: string };
    const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as {
      version: string;
    };

    expect(appVersion).to.equal(version);
  });

  it('carry the license', () => {
    expect(read('LICENSE')).to.equal(readFileSync(join(repository, 'LICENSE'), 'utf8'));
  });

  it('keep values for the places people come from, each with a word about it', () => {
    const files = readdirSync(join(chartDir, 'ci'));

    expect(files).to.include.members([
      'bitnami-values.yaml',
      'cass-operator-values.yaml',
      'official-image-values.yaml',
      'other-namespace-values.yaml',
    ]);
    for (const file of files) {
      expect(file).to.match(/-values\.yaml$/);
      expect(read(join('ci', file)), file).to.match(/^# /);
    }
  });
});
