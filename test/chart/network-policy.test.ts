import { expect } from 'chai';
import { needHelm, renderChart, valuesOf } from '../support/chart/render-chart.ts';

interface NetworkPolicySpec {
  readonly ingress: unknown[];
  readonly egress: ReadonlyArray<{ readonly ports?: ReadonlyArray<{ readonly port: number }> }>;
  readonly policyTypes: readonly string[];
}

function policyOf(args: readonly string[]): NetworkPolicySpec | undefined {
  const policy = renderChart(args).find(({ kind }) => kind === 'NetworkPolicy');
  return policy?.spec as NetworkPolicySpec | undefined;
}

const portsOf = (args: readonly string[]) =>
  policyOf(args)?.egress.flatMap(({ ports = [] }) => ports.map(({ port }) => port));

describe('the NetworkPolicy of the chart', function () {
  this.timeout(60_000);
  before(needHelm);

  it('is not there unless it is asked for', () => {
    expect(policyOf([])).to.equal(undefined);
  });

  it('lets nothing in, and DNS, the API and S3 out', () => {
    const args = valuesOf('other-namespace-values.yaml');

    expect(policyOf(args)).to.deep.include({ ingress: [], policyTypes: ['Ingress', 'Egress'] });
    expect(portsOf(args)).to.have.members([53, 53, 443, 6443]);
  });

  it("takes the ports of the store's endpoint and of the Pushgateway", () => {
    expect(portsOf(valuesOf('logins-and-tls-values.yaml'))).to.have.members([53, 53, 443, 6443, 9000]);
    expect(portsOf(valuesOf('everything-values.yaml'))).to.have.members([53, 53, 80, 443, 6443, 9091]);
  });

  it('lets keys be asked of AWS where no Secret, role or other store is given', () => {
    const ports = (set: string) => portsOf(['--set', `networkPolicy.enabled=true,${set}`]);

    expect(ports('s3.region=eu-central-1')).to.include(80);
    expect(ports('s3.existingSecret=cain-s3')).to.not.include(80);
    expect(ports('s3.endpoint=https://minio')).to.not.include(80);
    expect(ports('networkPolicy.awsMetadata=false')).to.not.include(80);
    const { egress = [] } = policyOf(['--set', 'networkPolicy.enabled=true']) ?? {};
    expect(JSON.stringify(egress.find(({ ports = [] }) => ports.some(({ port }) => port === 80)))).to.include(
      '169.254.170.23/32',
    );
  });

  it("takes the port of the Pushgateway's pods where a Service maps it", () => {
    const set =
      'networkPolicy.enabled=true,metrics.pushgateway.url=http://push,networkPolicy.pushgatewayPort=9091';

    expect(portsOf(['--set', `${set},s3.existingSecret=keys`])).to.have.members([53, 53, 443, 6443, 9091]);
  });

  it('knows the port of an endpoint that names none', () => {
    const endpoint = (url: string) => portsOf(['--set', `networkPolicy.enabled=true,s3.endpoint=${url}`]);

    expect(endpoint('http://minio')).to.have.members([53, 53, 80, 443, 6443]);
    expect(endpoint('minio.storage:9000')).to.have.members([53, 53, 443, 6443, 9000]);
  });
});
