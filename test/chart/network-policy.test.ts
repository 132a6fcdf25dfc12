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
    expect(portsOf(valuesOf('everything-values.yaml'))).to.have.members([53, 53, 443, 6443, 9091]);
  });

  it('knows the port of an endpoint that names none', () => {
    const endpoint = (url: string) => portsOf(['--set', `networkPolicy.enabled=true,s3.endpoint=${url}`]);

    expect(endpoint('http://minio')).to.have.members([53, 53, 80, 443, 6443]);
    expect(endpoint('minio.storage:9000')).to.have.members([53, 53, 443, 6443, 9000]);
  });
});
