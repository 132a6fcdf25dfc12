import { expect } from 'chai';
import type { CommandName } from '../../src/command-names.ts';
import { readSettings } from '../../src/settings/read-settings.ts';
import { secretFileEnv } from '../../src/settings/setting.ts';
import { settingRows } from '../../src/settings/table.ts';
import { type CainPod, type EnvironmentVariable, podsOf } from '../support/chart/kubernetes-object.ts';
import { ciFiles, needHelm, renderChart, valuesOf } from '../support/chart/render-chart.ts';

const secretRows = settingRows.map(([, row]) => row).filter(({ kind }) => kind.isSecret);
/** What the AWS SDK reads by itself. */
const awsSecrets = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'];
const known = new Set([
  ...settingRows.map(([, { env }]) => env),
  ...secretRows.map(secretFileEnv),
  ...awsSecrets,
  'NODE_EXTRA_CA_CERTS',
]);

const shape: Readonly<Record<string, string>> = { CAIN_HOLDER: '0b0e1c9c-4a7f-4ab7-9b6b-6a3c7f0d3d11' };
const textOf = ({ name, value }: EnvironmentVariable) => value ?? shape[name] ?? 'from-a-secret';

function environmentOf({ container }: CainPod): Record<string, string> {
  return Object.fromEntries(container.env.map((variable) => [variable.name, textOf(variable)]));
}

/** The files that the pod's Secrets and ConfigMaps put there. */
function filesOf({ spec, container }: CainPod): string[] {
  return container.volumeMounts.flatMap(({ name, mountPath }) => {
    const volume = spec.volumes.find((each) => each.name === name);
    const items = volume?.secret?.items ?? volume?.configMap?.items ?? [];
    return items.map(({ path }) => `${mountPath}/${path}`);
  });
}

for (const file of ciFiles) {
  describe(`the environment of ci/${file}`, function () {
    this.timeout(60_000);
    before(needHelm);

    const pods = () => podsOf(renderChart(valuesOf(file)));

    it('holds only names that the settings table knows, each once', () => {
      for (const { name, container } of pods()) {
        const names = container.env.map((variable) => variable.name);
        expect(
          names.filter((each) => !known.has(each)),
          name,
        ).to.deep.equal([]);
        expect(new Set(names).size, name).to.equal(names.length);
      }
    });

    it('is taken by the program without a mistake and without a warning', () => {
      for (const pod of pods()) {
        const [command = '', ...argv] = pod.container.args;
        const files = filesOf(pod);

        const { settings, warnings } = readSettings({
          command: command as CommandName,
          argv,
          env: environmentOf(pod),
          readFile(path) {
            if (!files.includes(path)) throw new Error(`nothing is mounted at ${path}`);
            return path.includes('s3-customer-key') ? Buffer.alloc(32).toString('base64') : 'from-a-file';
          },
        });

        expect(settings.dst, pod.name).to.include({
          bucket: new URL(environmentOf(pod).CAIN_DST ?? '').hostname,
        });
        expect(warnings, pod.name).to.deep.equal([]);
      }
    });

    it('holds no secret, only where it is', () => {
      const secrets = new Set([...secretRows.map(({ env }) => env), ...awsSecrets]);
      for (const { container } of pods()) {
        for (const variable of container.env.filter(({ name }) => secrets.has(name))) {
          expect(variable.value, variable.name).to.equal(undefined);
          expect(variable.valueFrom?.secretKeyRef, variable.name).to.have.keys('name', 'key');
        }
      }
    });

    it('mounts no file that no setting names', () => {
      for (const pod of pods()) {
        const named = pod.container.env.map(({ value }) => value);
        expect(
          filesOf(pod).filter((path) => !named.includes(path)),
          pod.name,
        ).to.deep.equal([]);
      }
    });

    it("gives Jobs their own UID as the Lease's holder, and the test none", () => {
      for (const { container, isJob } of pods()) {
        const holder = container.env.find(({ name }) => name === 'CAIN_HOLDER');
        expect(holder?.valueFrom?.fieldRef?.fieldPath).to.equal(
          isJob ? "metadata.labels['batch.kubernetes.io/controller-uid']" : undefined,
        );
      }
    });
  });
}

describe('settings in values', function () {
  this.timeout(60_000);
  before(needHelm);

  it('reach the plan as they were written, its own before those of all', () => {
    const everything = podsOf(renderChart(valuesOf('everything-values.yaml')));
    const [weekly] = everything.filter(({ container }) =>
      container.env.some(({ value }) => value === 'weekly-full'),
    );

    const environment = environmentOf(weekly as CainPod);
    expect(environment).to.include({ CAIN_MEMORY: '134217728', CAIN_PARALLEL: '8', CAIN_FULL: 'true' });
    expect(everything.filter((pod) => 'CAIN_FULL' in environmentOf(pod))).to.have.lengthOf(1);
  });

  it('give retention and keyspaces to their plan alone, and to the preflight of the first plan', () => {
    const pods = podsOf(renderChart(valuesOf('other-namespace-values.yaml')));
    const keeps = pods.map((pod) => {
      const { CAIN_KEEP_WITHIN, CAIN_KEEP_DAILY, CAIN_KEYSPACE } = environmentOf(pod);
      return [pod.name, CAIN_KEEP_WITHIN, CAIN_KEEP_DAILY, CAIN_KEYSPACE];
    });

    expect(keeps).to.have.deep.members([
      ['nightly-cain-backup-ledger', '2d', '30', 'ledger'],
      ['nightly-cain-backup-nightly', undefined, '7', '*,!ledger,!scratch_*'],
      ['nightly-cain-list', undefined, undefined, undefined],
      ['nightly-cain-restore', undefined, undefined, undefined],
      ['nightly-cain-test-preflight', '2d', '30', 'ledger'],
    ]);
  });
});
