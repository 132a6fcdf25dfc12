import { expect } from 'chai';
import { podsOf } from '../support/chart/kubernetes-object.ts';
import { ciFiles, needHelm, renderChart, valuesOf } from '../support/chart/render-chart.ts';

for (const file of ciFiles) {
  describe(`the pods of ci/${file}`, function () {
    this.timeout(60_000);
    before(needHelm);

    const pods = () => podsOf(renderChart(valuesOf(file)));

    it('pass the restricted Pod Security level', () => {
      for (const { name, spec, container } of pods()) {
        const { securityContext } = container;
        expect(spec.securityContext.runAsNonRoot, name).to.equal(true);
        expect(spec.securityContext.runAsUser, name).to.be.greaterThan(0);
        expect(spec.securityContext.seccompProfile, name).to.deep.equal({ type: 'RuntimeDefault' });
        expect(securityContext.allowPrivilegeEscalation, name).to.equal(false);
        expect(securityContext.capabilities, name).to.deep.equal({ drop: ['ALL'] });
        expect(spec.hostNetwork, name).to.equal(undefined);
        for (const volume of spec.volumes) {
          const [kind] = Object.keys(volume).filter((key) => key !== 'name');
          expect(kind, volume.name).to.be.oneOf(['emptyDir', 'secret', 'configMap']);
        }
      }
    });

    it('cannot write to their root file system', () => {
      for (const { container } of pods()) {
        expect(container.securityContext.readOnlyRootFilesystem).to.equal(true);
        expect(container.volumeMounts).to.deep.include({ name: 'tmp', mountPath: '/tmp' });
      }
    });

    it('run once, with the token and without service links', () => {
      for (const { spec } of pods()) {
        expect(spec.restartPolicy).to.equal('Never');
        expect(spec.enableServiceLinks).to.equal(false);
        expect(spec.automountServiceAccountToken).to.equal(true);
        expect(spec.serviceAccountName).to.not.equal('default');
      }
    });

    it('have the time to clear snapshots and push metrics', () => {
      for (const { name, spec } of pods()) {
        expect(spec.terminationGracePeriodSeconds, name).to.be.greaterThan(120 + 15);
      }
    });

    it('mount each volume once and no other', () => {
      for (const { name, spec, container } of pods()) {
        const volumes = spec.volumes.map((volume) => volume.name).sort();
        const mounts = container.volumeMounts.map((mount) => mount.name).sort();
        expect(mounts, name).to.deep.equal(volumes);
        expect(new Set(volumes).size, name).to.equal(volumes.length);
      }
    });

    it('are told apart by their component', () => {
      for (const { name, labels } of pods()) {
        const component = labels['app.kubernetes.io/component'];
        expect(component, name).to.be.oneOf(['backup', 'restore', 'list', 'verify', 'drill', 'test']);
      }
    });

    it('run an image with a tag or a digest', () => {
      for (const { container } of pods())
        expect(container.image).to.match(/(:[\w.-]+|@sha256:[0-9a-f]{64})$/);
    });
  });
}
