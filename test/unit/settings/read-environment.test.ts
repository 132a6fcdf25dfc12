import { expect } from 'chai';
import { readEnvironment } from '../../../src/settings/read-environment.ts';

const textsOf = (env: Record<string, string>) =>
  Object.fromEntries([...readEnvironment(env).given].map(([name, { text }]) => [name, text]));

describe('readEnvironment', () => {
  it('takes what is empty or blank for unset', () => {
    expect(textsOf({ CAIN_TAG: '', CAIN_PLAN: '  ', CAIN_KEYSPCE: '' })).to.deep.equal({});
  });

  it('drops blanks around a value, but not around a secret', () => {
    const texts = textsOf({ CAIN_PLAN: ' nightly\n', CAIN_CASSANDRA_PASSWORD: ' word ' });

    expect(texts).to.deep.equal({ CAIN_PLAN: 'nightly', CAIN_CASSANDRA_PASSWORD: ' word ' });
  });

  it('names unknown variables, with what was probably meant, and never their values', () => {
    const { problems } = readEnvironment({ CAIN_KEYSPCE: 'hunter2', CAIN_QQQQQQ: 'hunter2' });

    expect(problems).to.deep.equal([
      'CAIN_KEYSPCE is unknown, did you mean CAIN_KEYSPACE?',
      'CAIN_QQQQQQ is unknown',
    ]);
  });

  it("does not care for other programs' variables", () => {
    expect(readEnvironment({ PATH: '/bin', KUBECONFIG: '/k', CAINE: 'x', AWS_PROFILE: 'p' }).problems).to.be
      .empty;
  });

  it('leaves out what Kubernetes sets for services', () => {
    const layer = readEnvironment({ CAIN_SERVICE_HOST: '10.0.0.1', CAIN_JMX_PORT: 'tcp://10.0.0.1:7199' });

    expect(layer.problems).to.be.empty;
    expect([...layer.given]).to.be.empty;
  });

  it('drops obsolete settings with a warning', () => {
    const { given, warnings } = readEnvironment({ CAIN_BUFFER_SIZE: '6.75', CAIN_USER_GROUP: 'a:b' });

    expect([...given]).to.be.empty;
    expect(warnings).to.have.length(2);
    expect(warnings[0]).to.match(/^CAIN_BUFFER_SIZE is obsolete/);
    expect(warnings[1]).to.match(/^CAIN_USER_GROUP is obsolete/);
  });

  it('gives a renamed setting its new name, unless that is set too', () => {
    const texts = textsOf({
      CAIN_USERNAME: 'old',
      CAIN_PASSWORD: 'old',
      CAIN_CASSANDRA_PASSWORD: 'new',
    });

    expect(texts).to.deep.equal({ CAIN_CASSANDRA_USERNAME: 'old', CAIN_CASSANDRA_PASSWORD: 'new' });
  });
});
